from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from harness import World, world
from ploomes_sync.domain.run import RunStatus, Strategy
from ploomes_sync.engine.parts import Progress

SEED = 41
INCREMENTAL = Strategy.INCREMENTAL


async def _versions(it: World) -> list[object]:
    """Return a sum over the place and the version of every row: it changes with every write."""
    tables = (
        "public.products_enhanced",
        "public.product_variants",
        "public.product_suppliers",
        "ploomes_sync.product_state",
        "ploomes_sync.payloads",
        "ploomes_sync.product_search",
    )
    version = "select sum(hashtext(t.ctid::text || ':' || t.xmin::text)::bigint) from"
    return [await it.value(f"{version} {table} t") for table in tables]


async def _settle(it: World) -> None:
    """Make the newest ten minutes of the source small: one product was edited, and that is known."""
    it.simulator.edit_product(it.ids()[0], {"UnitPrice": 1})
    await it.sync(strategy=INCREMENTAL)
    it.simulator.reset_stats()


def _requests(it: World) -> int:
    requests = it.simulator.report()["requests"]
    assert isinstance(requests, int)
    return requests


def test_when_nothing_has_changed_two_requests_suffice_and_no_row_is_written(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=900) as it:
            await it.sync()
            await _settle(it)
            before = await _versions(it)

            run = await it.sync()

            assert run.plan is not None
            assert run.plan.strategy is INCREMENTAL
            assert _requests(it) == run.outcome.requests == 2, "the count, and the overlap of the window"
            assert (run.outcome.inserted, run.outcome.updated) == (0, 0)
            assert await _versions(it) == before

    asyncio.run(scenario())


@pytest.mark.once
def test_one_in_a_hundred_of_twelve_thousand_costs_at_most_three_requests(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=12_000) as it:
            await it.sync()
            await _settle(it)
            it.simulator.apply_churn(edit=120)

            run = await it.sync()

            assert run.plan is not None
            assert run.plan.strategy is INCREMENTAL
            assert run.outcome.updated > 110, "random edits may meet a product twice"
            assert _requests(it) <= 3
            await it.assert_equal()

    asyncio.run(scenario())


@pytest.mark.once
def test_churn_during_full_and_incremental_syncs_is_caught_up_by_the_next_ones(database_url: str) -> None:
    """An incremental sync guarantees that no edit and no creation before it is missing.

    It guarantees nothing about deletions: what no longer exists has no date. These are seen by complete walks (and
    by real-time syncs of what a webhook names), so that a batch in a quiet moment makes both sides equal.
    """

    async def scenario() -> None:
        dice = random.Random(SEED)  # noqa: S311 - repeatable chance
        async with world(database_url, products=4000) as it:

            def stir(progress: Progress) -> None:
                """Change rows that the walk has passed, and rows that it has yet to reach, at every page."""
                ids = it.ids()
                for product_id in (*dice.sample(ids[:200], 3), *dice.sample(ids[-200:], 3), *dice.sample(ids, 9)):
                    it.simulator.edit_product(product_id, {"UnitPrice": dice.randrange(10**6)})
                it.simulator.apply_churn(create=3, delete=3 if progress.outcome.pages % 2 else 1)

            full = await it.sync(stir)
            during = await it.sync(stir, strategy=INCREMENTAL)
            quiet = await it.sync(strategy=INCREMENTAL)

            assert [run.status for run in (full, during, quiet)] == [RunStatus.SUCCEEDED] * 3, f"seed {SEED}"
            missing, extra, stale = await it.differences()
            assert (missing, stale) == ([], []), f"seed {SEED}"
            assert extra, "some deletions fell where no walk could see them"
            batch = await it.sync(strategy=Strategy.BATCH, allow_deletes=1000)
            assert batch.outcome.deleted == len(extra)
            await it.assert_equal()

    asyncio.run(scenario())


def test_products_without_a_date_and_with_equal_dates_are_never_lost(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=650, equal_dates=True) as it:
            await it.sync()
            ids = it.ids()
            now = datetime.now(UTC).replace(microsecond=0)
            for product_id in ids[:310]:
                date = None if product_id % 3 == 0 else now.isoformat()
                it.put(product_id, LastUpdateDate=date, UnitPrice=4711)

            run = await it.sync(strategy=INCREMENTAL)

            assert run.outcome.updated == 310
            await it.assert_equal()
            for product_id in ids[310:410]:
                it.put(product_id, LastUpdateDate=now.isoformat(), UnitPrice=12)
            again = await it.sync(strategy=INCREMENTAL)
            assert again.outcome.updated == 100, "a tie with the watermark is inside the next window, too"
            await it.assert_equal()

    asyncio.run(scenario())


@pytest.mark.parametrize("date", ["2999-01-01T00:00:00-03:00", "9999-12-31T23:59:59Z", "2024-13-45T00:00:00Z", 17])
def test_an_absurd_date_of_one_product_does_not_hide_the_changes_of_others(
    database_url: str, date: object
) -> None:
    async def scenario() -> None:
        async with world(database_url, products=600) as it:
            first, second, *_ = it.ids()
            it.put(first, LastUpdateDate=date)
            await it.sync()
            it.simulator.edit_product(second, {"UnitPrice": 815})

            await it.sync(strategy=INCREMENTAL)

            price = "select base_price from public.products_enhanced where ploomes_product_id = %(id)s"
            assert await it.value(price, id=str(second)) == 815

    asyncio.run(scenario())


def test_the_watermark_moves_only_when_a_covering_run_has_succeeded(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=1200, settings={"PRODUCT_SYNC_BATCH_SIZE": 100}) as it:
            await it.sync()
            before = await _watermark(it)
            it.simulator.apply_churn(edit=600)

            def stop(_: Progress) -> None:
                it.parts.stopping.set()

            stopped = await it.sync(stop, strategy=INCREMENTAL)
            assert stopped.status is RunStatus.QUEUED
            assert await _watermark(it) == before
            it.parts.stopping.clear()
            await it.sync(ids=tuple(it.ids()[:3]))
            assert await _watermark(it) == before

            await it.sync()
            assert await _watermark(it) > before
            await it.assert_equal()

    asyncio.run(scenario())


async def _watermark(it: World) -> datetime:
    found = await it.value(
        "select watermark from ploomes_sync.runs where covering and status in ('succeeded', 'partial') "
        "order by started_at desc limit 1"
    )
    assert isinstance(found, datetime)
    assert found < datetime.now(UTC) + timedelta(seconds=1)
    return found
