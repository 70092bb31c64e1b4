from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from ploomes_sync.cache.flights import Flights
from ploomes_sync.errors import StoreDownError

T = TypeVar("T")


class Source:
    """Loads when it is told to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.error: Exception | None = None
        self.open = asyncio.Event()

    async def load(self) -> str:
        self.asked += 1
        number = self.asked
        await self.open.wait()
        if self.error:
            raise self.error
        return f"answer {number}"


def play(story: Callable[[Flights, Source], Awaitable[T]]) -> T:
    async def run() -> T:
        flights = Flights()
        try:
            return await story(flights, Source())
        finally:
            await flights.close()

    return asyncio.run(run())


async def begun(flights: Flights, source: Source, number: int) -> list[asyncio.Task[str]]:
    tasks = [asyncio.create_task(flights.join("key", source.load)) for _ in range(number)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


def test_two_hundred_at_once_load_once() -> None:
    async def story(flights: Flights, source: Source) -> None:
        waiting = await begun(flights, source, 200)
        source.open.set()

        assert await asyncio.gather(*waiting) == ["answer 1"] * 200
        assert source.asked == 1

    play(story)


def test_an_error_reaches_all_who_wait_and_nobody_after_them() -> None:
    async def story(flights: Flights, source: Source) -> None:
        waiting = await begun(flights, source, 3)
        source.error = StoreDownError("away")
        source.open.set()
        told = await asyncio.gather(*waiting, return_exceptions=True)
        source.error = None

        assert [type(error) for error in told] == [StoreDownError] * 3
        assert await flights.join("key", source.load) == "answer 2"

    play(story)


def test_the_one_who_began_may_give_up_and_the_others_still_get_their_answer() -> None:
    async def story(flights: Flights, source: Source) -> None:
        first, second = await begun(flights, source, 2)
        first.cancel()
        await asyncio.wait({first})
        source.open.set()

        assert first.cancelled()
        assert await second == "answer 1"
        assert source.asked == 1

    play(story)


def test_different_keys_load_each_for_itself() -> None:
    async def story(flights: Flights, source: Source) -> None:
        source.open.set()

        assert await flights.join("a", source.load) == "answer 1"
        assert await flights.join("b", source.load) == "answer 2"

    play(story)


def test_who_asks_after_a_change_does_not_wait_for_a_load_from_before_it() -> None:
    async def story(flights: Flights, source: Source) -> None:
        (early,) = await begun(flights, source, 1)
        flights.let_go()
        (late,) = await begun(flights, source, 1)
        source.open.set()

        assert (await early, await late) == ("answer 1", "answer 2")

    play(story)


def test_all_who_wait_can_be_answered_before_the_load_ends() -> None:
    async def story(flights: Flights, source: Source) -> None:
        waiting = await begun(flights, source, 2)
        flights.fail(StoreDownError("away"))

        for task in waiting:
            with pytest.raises(StoreDownError):
                await task
        source.open.set()
        assert await flights.join("key", source.load) == "answer 2"

    play(story)


def test_an_error_that_nobody_waits_for_is_no_noise() -> None:
    async def story(flights: Flights, source: Source) -> list[object]:
        noise: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))
        (only,) = await begun(flights, source, 1)
        only.cancel()
        source.error = StoreDownError("away")
        source.open.set()
        await asyncio.wait({only})
        for _ in range(5):
            await asyncio.sleep(0)
        return noise

    assert play(story) == []
