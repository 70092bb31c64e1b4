from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import psycopg
import pytest

from ploomes_sync.domain.run import Lane
from ploomes_sync.resilience.pace import Pace
from ploomes_sync.store.budget import Budget
from ploomes_sync.store.db import open_database

HALF_SECOND = Pace(120)
LANES = (Lane.REAL_TIME, Lane.INCREMENTAL, Lane.SWEEP)


def play(url: str, story: Callable[[Budget, Budget], Awaitable[None]], pace: Pace = HALF_SECOND) -> None:
    """Run a story with two processes' budgets: each has connections of its own."""

    async def run() -> None:
        async with open_database(url) as one, open_database(url) as two:
            await story(Budget(one, pace), Budget(two, pace))

    asyncio.run(run())


def test_two_processes_share_one_pace(database_url: str) -> None:
    async def story(one: Budget, two: Budget) -> None:
        turns = await asyncio.gather(*(budget.take(Lane.SWEEP) for _ in range(6) for budget in (one, two)))

        slots = sorted(turn.slot for turn in turns)
        gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(slots)]
        assert len(gaps) == 11
        assert min(gaps) >= HALF_SECOND.interval - 0.001
        assert max(gaps) <= HALF_SECOND.interval + 0.5

    play(database_url, story)


def test_a_turn_tells_the_wait_until_its_slot(database_url: str) -> None:
    async def story(one: Budget, _: Budget) -> None:
        for _number in range(4):
            turn = await one.take(Lane.SWEEP)
        async with one._db.transaction() as conn:
            row = await (await conn.execute("select clock_timestamp() as now")).fetchone()
        assert row is not None
        left = (turn.slot - row["now"]).total_seconds()
        assert left < turn.wait < left + 0.5
        assert 2 * HALF_SECOND.interval < turn.wait <= 3 * HALF_SECOND.interval

    play(database_url, story)


@pytest.mark.parametrize(("burst", "at_once"), [(1, 1), (5, 5)])
def test_a_burst_goes_out_at_once(database_url: str, burst: int, at_once: int) -> None:
    async def story(one: Budget, two: Budget) -> None:
        turns = [await (one, two)[number % 2].take(Lane.SWEEP) for number in range(8)]
        assert sum(turn.wait == 0 for turn in turns) == at_once

    # One request in twelve seconds: the test is faster than the pace.
    play(database_url, story, Pace(5 + burst - 1, burst=burst))


def test_an_urgent_request_need_not_queue_behind_a_sweep(database_url: str) -> None:
    async def story(one: Budget, two: Budget) -> None:
        swept = [await one.take(Lane.SWEEP) for _ in range(4)][-1]
        changed = await two.take(Lane.INCREMENTAL)
        urgent = await two.take(Lane.REAL_TIME)
        after = await one.take(Lane.SWEEP)
        assert urgent.slot < after.slot
        assert changed.slot < after.slot
        assert (after.slot - swept.slot).total_seconds() >= 3 * HALF_SECOND.interval - 0.01

    play(database_url, story)


def test_no_limit_means_no_wait(database_url: str) -> None:
    async def story(one: Budget, two: Budget) -> None:
        turns = [await budget.take(lane) for lane in LANES for budget in (one, two)]
        assert [turn.wait for turn in turns] == [0.0] * 6

    play(database_url, story, Pace(0))


@pytest.mark.parametrize("lane", LANES)
def test_a_pause_that_one_process_was_told_holds_for_all(database_url: str, lane: Lane) -> None:
    async def story(one: Budget, two: Budget) -> None:
        await one.slow_down(20.0)
        await one.slow_down(1.0)

        state = await two.state()
        turns = [await budget.take(lane) for budget in (two, one)]

        assert 19 < state["blocked"] <= 20
        assert 49 < state["slow"] <= 50
        assert min(turn.wait for turn in turns) > 19

    play(database_url, story)


def test_after_a_pause_all_ask_half_as_often(database_url: str) -> None:
    async def story(one: Budget, two: Budget) -> None:
        await one.slow_down(0.0)
        turns = [await budget.take(Lane.SWEEP) for budget in (one, two, one)]
        gaps = [(later.slot - earlier.slot).total_seconds() for earlier, later in pairwise(turns)]
        assert min(gaps) >= 2 * HALF_SECOND.interval - 0.01

    play(database_url, story)


def test_a_breaker_that_opened_in_one_process_holds_all_until_it_mends(database_url: str) -> None:
    async def story(one: Budget, two: Budget) -> None:
        told = [(await two.state())["breaker"]]
        await one.trip(20.0)
        told.append((await two.state())["breaker"])
        turn = await two.take(Lane.REAL_TIME)
        await one.mend()
        told.append((await two.state())["breaker"])

        assert told == ["closed", "open", "closed"]
        assert turn.wait > 19

    play(database_url, story)


def test_a_budget_row_that_is_gone_is_named(database_url: str) -> None:
    with psycopg.connect(database_url, prepare_threshold=None) as conn:
        conn.execute("delete from ploomes_sync.budget")

    async def story(one: Budget, _: Budget) -> None:
        with pytest.raises(RuntimeError, match="migrate"):
            await one.take(Lane.SWEEP)

    play(database_url, story)
