from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness import World, world
from ploomes_sync.domain.run import RunStatus, Strategy


async def _segments(it: World, product_id: int) -> list[str]:
    found = await it.value(
        "select segments from public.products_enhanced where ploomes_product_id = %(id)s", id=str(product_id)
    )
    return list(found)


async def _members(it: World, segment: str) -> list[int]:
    rows = await it.rows(
        "select ploomes_product_id as id from public.products_enhanced "
        "where %(segment)s = any(segments) and deleted_at is null order by ploomes_product_id::bigint",
        segment=segment,
    )
    return [int(row["id"]) for row in rows]


async def _watermarks(it: World) -> list[Any]:
    rows = await it.rows(
        "select watermark from ploomes_sync.runs where covering and status in ('succeeded', 'partial') "
        "order by started_at desc limit 1"
    )
    return [row["watermark"] for row in rows]


@pytest.mark.parametrize("strategy", [Strategy.BATCH, Strategy.INCREMENTAL, None])
def test_a_product_that_has_left_the_segment_is_updated_too(database_url: str, strategy: Strategy | None) -> None:
    async def scenario() -> None:
        async with world(database_url, products=600) as it:
            await it.sync()
            leaver, renamed, gone = (await _members(it, "rentals"))[:3]
            it.simulator.edit_product(leaver, {"Code": "VENDIDO-1", "Name": "Vendido"})
            it.simulator.edit_product(renamed, {"UnitPrice": 99})
            it.simulator.delete_product(gone)
            before = await _watermarks(it)

            run = await it.sync(segments=("rentals",), strategy=strategy)

            assert run.status is RunStatus.SUCCEEDED
            assert "rentals" not in await _segments(it, leaver)
            assert await _watermarks(it) == before, "only a sync of everything moves the watermark"
            _, extra, stale = await it.differences()
            assert stale == []
            assert extra == ([] if strategy is Strategy.BATCH else [gone]), "only a complete walk sees deletions"

    asyncio.run(scenario())


def test_a_segment_costs_its_own_pages_and_leaves_other_products_alone(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=900) as it:
            await it.sync()
            services = await _members(it, "services")
            other = next(product_id for product_id in it.ids() if product_id not in services)
            it.simulator.edit_product(other, {"UnitPrice": 31})
            it.simulator.edit_product(services[0], {"UnitPrice": 32})
            it.simulator.reset_stats()

            run = await it.sync(segments=("services",), strategy=Strategy.BATCH)

            assert run.outcome.updated == 1
            assert len(it.product_requests()) <= 3
            assert (await it.differences())[2] == [other]
            await it.sync()
            assert (await it.differences())[2] == [], "the next incremental sync reads what the segment did not"

    asyncio.run(scenario())


def test_a_segment_sync_on_an_empty_mirror_does_not_pass_for_a_full_one(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=600) as it:
            await it.sync(segments=("atlas",))
            assert await _watermarks(it) == []

            run = await it.sync()

            assert run.plan is not None
            assert run.plan.strategy is Strategy.BATCH
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_product_that_joins_a_segment_is_found_there(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=600) as it:
            await it.sync()
            rentals = await _members(it, "rentals")
            joiner = next(product_id for product_id in it.ids() if product_id not in rentals)
            it.simulator.edit_product(joiner, {"Code": "CIA_LOC_9999"})

            await it.sync(segments=("rentals",), strategy=Strategy.BATCH)

            assert sorted([*rentals, joiner]) == await _members(it, "rentals")

    asyncio.run(scenario())
