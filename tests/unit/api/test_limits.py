from __future__ import annotations

import asyncio

import pytest

from ploomes_sync.api.limits import Buckets, Place, Room, Streams
from ploomes_sync.api.problems import ApiError


def test_a_client_may_burst_and_then_keeps_to_the_rate() -> None:
    buckets = Buckets(per_minute=120)
    taken = [buckets.take("a", now=100.0) for _ in range(10)]

    assert taken == [0.0] * 10
    assert buckets.take("a", now=100.0) == 1.0
    assert buckets.take("b", now=100.0) == 0.0, "another client has a bucket of its own"
    assert [buckets.take("a", now=100.5), buckets.take("a", now=100.5)] == [0.0, 1.0]
    assert [buckets.take("a", now=1000.0) for _ in range(11)] == [0.0] * 10 + [1.0]


def test_no_rate_is_no_limit() -> None:
    buckets = Buckets(per_minute=0)
    assert sum(buckets.take("a", now=1.0) for _ in range(1000)) == 0.0


def test_buckets_forget_clients_that_were_quiet_longest() -> None:
    buckets = Buckets(per_minute=60)
    for number in range(10_002):
        buckets.take(f"client {number}", now=float(number))
    assert len(buckets._full_at) == 10_000


def test_a_place_that_gets_free_goes_to_whoever_waits_longest() -> None:
    async def scenario() -> None:
        room = Room(places=1, queue=2, seconds=5)
        first = await room.enter()
        order: list[str] = []

        async def wait(name: str) -> Place:
            place = await room.enter()
            order.append(name)
            return place

        waiting = [asyncio.create_task(wait(name)) for name in ("second", "third")]
        await asyncio.sleep(0)
        with pytest.raises(ApiError):
            await room.enter()
        first.release()
        first.release()
        (await waiting[0]).release()
        (await waiting[1]).release()
        assert order == ["second", "third"]
        await room.enter()

    asyncio.run(scenario())


def test_whoever_waits_too_long_or_leaves_takes_no_place_with_it() -> None:
    async def scenario() -> None:
        room = Room(places=1, queue=5, seconds=0.05)
        held = await room.enter()
        with pytest.raises(ApiError) as refusal:
            await room.enter()
        assert refusal.value.headers["retry-after"] == "1"
        leaving = asyncio.create_task(room.enter())
        await asyncio.sleep(0)
        leaving.cancel()
        held.release()
        assert isinstance(await room.enter(), Place)

    asyncio.run(scenario())


def test_streams_are_counted_by_client() -> None:
    streams = Streams(most=1, most_in_all=2)
    assert streams.open("a")
    assert not streams.open("a")
    assert streams.open("b")
    assert not streams.open("c")
    streams.close("a")
    assert streams.open("c")
