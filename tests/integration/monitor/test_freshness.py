from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from harness import World, world
from ploomes_sync.domain.freshness import delays
from ploomes_sync.domain.run import Strategy
from ploomes_sync.domain.status import Delays
from ploomes_sync.engine.reclassify import reclassify
from ploomes_sync.store import freshness
from ploomes_sync.store.migrate import repair

HOUR = timedelta(hours=1)


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


async def measured(it: World, strategy: str | None = None) -> Delays:
    async with it.db.transaction() as conn:
        buckets = await freshness.buckets(conn, datetime.now(UTC) - HOUR)
    return delays(bucket for bucket in buckets if strategy in (None, bucket.strategy))


def test_a_first_load_is_not_late_however_old_its_rows_are(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it:
            await it.sync(ids=tuple(it.ids()[:5]))
            await it.sync()

            assert await it.value("select count(*) from ploomes_sync.freshness") == 0

    asyncio.run(scenario())


def test_the_delay_of_each_change_is_counted_under_its_strategy(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it:
            await it.sync()
            slow, quick = it.ids()[:2]
            it.put(slow, Name="Um nome novo", LastUpdateDate=ago(900))
            it.simulator.edit_product(quick, {"UnitPrice": 4321})

            await it.sync(ids=(slow,))
            await it.sync(strategy=Strategy.INCREMENTAL)

            real_time, incremental = await measured(it, "real-time"), await measured(it, "incremental")
            assert (real_time.changes, incremental.changes) == (1, 1)
            assert real_time.p50 == pytest.approx(900, rel=0.1)
            assert incremental.p50 is not None
            assert incremental.p50 < 5

    asyncio.run(scenario())


def test_a_sync_that_changes_nothing_writes_nothing(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it:
            await it.sync()

            run = await it.sync(strategy=Strategy.BATCH)

            assert run.outcome.unchanged == 300
            assert await it.value("select count(*) from ploomes_sync.freshness") == 0

    asyncio.run(scenario())


def test_a_new_product_counts_only_if_it_is_newer_than_what_was_read_before(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it:
            it.simulator.edit_product(it.ids()[0], {"UnitPrice": 1})
            await it.sync()
            shown, made = (it.simulator.create_product({"Name": "Novo"}).id for _ in range(2))
            it.put(shown, LastUpdateDate=ago(86400))

            run = await it.sync(ids=(shown, made))

            assert run.outcome.inserted == 2
            found = await measured(it)
            assert found.changes == 1
            assert found.p99 is not None
            assert found.p99 < 5

    asyncio.run(scenario())


def test_a_refill_and_changed_rules_are_no_changes_of_the_source(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it:
            it.simulator.edit_product(it.ids()[0], {"UnitPrice": 1})
            await it.sync()
            async with it.db.transaction() as conn:
                await conn.execute("update ploomes_sync.product_state set fingerprint = '\\x00'")
            renewed = await reclassify(it.db, it.parts.profile, asyncio.Event(), lambda *_: None)
            async with it.db.transaction() as conn:
                await conn.execute("drop table public.products_enhanced cascade")
            await repair(it.db)
            refilled = await it.sync()

            assert renewed.outcome.updated == 300
            assert refilled.outcome.inserted == 300
            assert await it.value("select count(*) from ploomes_sync.freshness") == 0

    asyncio.run(scenario())
