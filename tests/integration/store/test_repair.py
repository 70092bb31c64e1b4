from __future__ import annotations

import asyncio

import pytest

from harness import World, world
from ploomes_sync.domain.run import RunStatus, Strategy
from ploomes_sync.store.migrate import lost, repair


async def drop(it: World, table: str) -> None:
    async with it.db.transaction() as conn:
        await conn.execute(f"drop table {table} cascade".encode())


async def losses(it: World) -> list[str]:
    async with it.db.transaction() as conn:
        return await lost(conn)


@pytest.mark.parametrize(
    "table",
    [
        "public.products_enhanced",
        "public.product_variants",
        "ploomes_sync.product_state",
        "ploomes_sync.payloads",
        "ploomes_sync.product_search",
        "ploomes_sync.runs",
        "ploomes_sync.budget",
    ],
)
def test_a_table_that_somebody_dropped_is_made_anew_and_filled_by_the_next_sync(
    database_url: str, table: str
) -> None:
    async def scenario() -> None:
        async with world(database_url, products=150) as it:
            await it.sync()
            await drop(it, table)

            assert table in await losses(it)
            assert table in await repair(it.db)
            run = await it.sync()

            assert await losses(it) == []
            assert run.plan is not None
            assert (run.status, run.plan.strategy) == (RunStatus.SUCCEEDED, Strategy.BATCH)
            await it.assert_equal()
            found = await it.value("select count(*) from ploomes_sync.product_search")
            assert found == 150

    asyncio.run(scenario())


def test_a_whole_database_is_not_touched_by_a_repair(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it:
            await it.sync()

            assert await repair(it.db) == []
            run = await it.sync(strategy=Strategy.BATCH)

            assert run.outcome.unchanged == 300

    asyncio.run(scenario())
