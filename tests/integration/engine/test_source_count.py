"""Whether all of Ploomes is here is known after each complete walk."""

from __future__ import annotations

import asyncio
import json

from harness import World, world
from ploomes_sync.domain.run import RunStatus, Strategy
from ploomes_sync.domain.status import SourceCount
from ploomes_sync.store import runs

BATCH = Strategy.BATCH


async def counted(it: World) -> SourceCount:
    async with it.db.transaction() as conn:
        found = await runs.source_count(conn)
    assert found is not None
    return found


def test_every_complete_walk_counts_what_ploomes_has(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it:
            await it.sync()
            first = await counted(it)
            assert (first.products, first.stored, first.parked, first.missing) == (300, 300, 0, 0)
            it.simulator.apply_churn(create=2)
            run = await it.sync()
            assert run.plan is not None
            assert run.plan.strategy is Strategy.INCREMENTAL
            assert await counted(it) == first, "an incremental sync does not pay a request for it"
            await it.sync(strategy=BATCH)
            second = await counted(it)
            assert (second.products, second.stored, second.missing) == (302, 302, 0)
            assert second.counted_at > first.counted_at
            it.simulator.apply_churn(create=1)
            await it.sync(strategy=Strategy.REAL_TIME, ids=(it.ids()[-1],))
            assert await counted(it) == second, "a run of single products proves nothing of the whole"

    asyncio.run(scenario())


def test_what_only_the_mirror_has_and_what_waits_in_quarantine_is_told_apart(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it:
            await it.sync()
            gone, *_, known, _ = it.ids()
            it.simulator.delete_product(gone)
            record = json.loads(it.simulator.truth_of(known)) | {"Name": " ", "LastUpdateDate": None}
            for product_id in (known, max(it.ids()) + 1):
                it.simulator.put_raw(product_id, json.dumps(record | {"Id": product_id}).encode())
            run = await it.sync(strategy=BATCH)
            assert run.status is RunStatus.PARTIAL
            found = await counted(it)
            assert found.parked == 1, "the product that has an earlier state here is not missing"
            assert (found.products, found.stored, found.missing) == (300, 299, 0)

    asyncio.run(scenario())


def test_a_server_that_refuses_to_count_spoils_no_sync(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300, supports_count=False) as it:
            assert (await it.sync()).status is RunStatus.SUCCEEDED
            async with it.db.transaction() as conn:
                assert await runs.source_count(conn) is None

    asyncio.run(scenario())
