from __future__ import annotations

import asyncio
import json
from typing import Any

from harness import World, world
from ploomes_simulator.faults import Fault
from ploomes_sync.domain.run import Run, RunStatus, Strategy
from ploomes_sync.engine.parts import Progress


async def _price(it: World, product_id: int) -> float:
    price = "select base_price from public.products_enhanced where ploomes_product_id = %(id)s"
    return float(await it.value(price, id=str(product_id)))


def test_ten_products_are_read_in_one_request_and_stored_within_a_quarter_of_a_second(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=900) as it:
            await it.sync()
            delays: list[float] = []
            for start in range(0, 900, 100):
                ids = it.ids()[start : start + 10]
                for product_id in ids:
                    it.simulator.edit_product(product_id, {"UnitPrice": start + 5})
                it.simulator.reset_stats()

                run = await it.sync(ids=ids)

                (asked,) = it.product_requests()
                # The run is finished in a transaction after that of the rows: this measures a little too much.
                committed = await it.value("select extract(epoch from max(finished_at)) from ploomes_sync.runs")
                delays.append(float(committed) - asked["time"])
                assert run.plan is not None
                assert (run.plan.strategy, run.outcome.updated) == (Strategy.REAL_TIME, 10)
                assert run.outcome.requests == it.simulator.report()["requests"] == 1
                if delays[-1] <= 0.25:
                    break
            print(f"committed {', '.join(f'{delay * 1000:.0f}' for delay in delays)} ms after the answer")  # noqa: T201 - the figure belongs to the report
            assert min(delays) <= 0.25, "the best of nine: other processes share the machine"
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_named_product_that_is_gone_is_marked_and_one_that_is_new_is_created(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=600) as it:
            await it.sync()
            gone = it.ids()[4]
            it.simulator.delete_product(gone)
            new = it.simulator.create_product({"Name": "Compressor novo"}).id

            run = await it.sync(ids=(gone, new, 999))

            assert run.status is RunStatus.SUCCEEDED
            assert (run.outcome.inserted, run.outcome.deleted) == (1, 1)
            await it.assert_equal()

    asyncio.run(scenario())


def test_all_of_many_related_products_can_be_gone_although_they_were_written_last(database_url: str) -> None:
    """The products that were written last are all deleted: they do not vouch for one another for ever."""

    async def scenario() -> None:
        async with world(database_url, products=600) as it:
            await it.sync()
            made = [it.simulator.create_product({"Name": f"Peça {number}"}).id for number in range(20)]
            await it.sync(ids=tuple(made))
            for product_id in made:
                it.simulator.delete_product(product_id)

            runs = [await it.sync(ids=tuple(made[:10])), await it.sync(ids=tuple(made[10:]))]

            assert [run.outcome.deleted for run in runs] == [10, 10]
            await it.assert_equal()

    asyncio.run(scenario())


def test_more_than_ten_named_products_are_read_in_chunks(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=600) as it:
            await it.sync()
            ids = tuple(it.ids()[::12])
            for product_id in ids:
                it.simulator.edit_product(product_id, {"UnitPrice": 77})

            run = await it.sync(ids=ids)

            assert run.plan is not None
            assert (run.plan.strategy, run.outcome.updated) == (Strategy.INCREMENTAL, len(ids))
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_page_that_was_asked_for_before_a_real_time_write_never_undoes_it(database_url: str) -> None:
    """The page travels slowly; meanwhile its products are edited, deleted and created, and read in real time."""

    async def scenario() -> None:
        simulated: dict[str, Any] = {"products": 290, "slow_seconds": 1.0, "custom_change_moves_date": False}
        async with world(database_url, **simulated) as it:
            await it.sync()
            edited, custom, deleted = it.ids()[10:13]
            it.simulator.reset_stats()
            # Three lookup tables, the count, and the page.
            it.simulator.script_fault(Fault.SLOW, times=5, path="/Products")
            batch = asyncio.create_task(it.sync(strategy=Strategy.BATCH))
            await _answered(it, pages=2)

            it.simulator.edit_product(edited, {"UnitPrice": 4321})
            it.simulator.edit_product(custom, {"OtherProperties": [_stock(it, custom)]})
            it.simulator.delete_product(deleted)
            created = it.simulator.create_product({"Name": "Nasceu durante a leitura"}).id
            quick = await it.sync(ids=(edited, custom, deleted, created))
            assert not batch.done(), "the page is still on its way"
            run = await batch

            assert (quick.outcome.updated, quick.outcome.deleted, quick.outcome.inserted) == (2, 1, 1)
            assert (run.outcome.updated, run.outcome.deleted, run.outcome.restored) == (0, 0, 0)
            assert run.outcome.stale == 3, "older copies were refused"
            assert run.outcome.pages == 1, "what was created meanwhile was not even suspected to be gone"
            await it.assert_equal()
            assert await _price(it, edited) == 4321
            stored = await it.value(
                "select payload::text from ploomes_sync.payloads where ploomes_id = %(id)s", id=custom
            )
            assert json.loads(stored) == json.loads(it.simulator.truth_of(custom))

    asyncio.run(scenario())


def _stock(it: World, product_id: int) -> dict[str, object]:
    field = it.simulator.world.fields["Estoque"]
    return {"FieldKey": field.key, "DecimalValue": 1234 + product_id % 7}


async def _answered(it: World, pages: int) -> None:
    async with asyncio.timeout(60):
        while len(it.product_requests()) < pages:  # noqa: ASYNC110 - the simulator rings no bell
            await asyncio.sleep(0.005)


def test_a_real_time_write_during_a_walk_is_kept_wherever_the_walk_stands(database_url: str) -> None:
    async def scenario() -> None:
        settings = {"PRODUCT_SYNC_BATCH_SIZE": 50}
        async with world(database_url, products=1000, latency_ms=10, settings=settings) as it:
            await it.sync()
            chosen = it.ids()[::100]
            quick: list[asyncio.Task[Run]] = []

            def touch(progress: Progress) -> None:
                if progress.run.request.ids or len(quick) >= len(chosen):
                    return
                product_id = chosen[len(quick)]
                it.simulator.edit_product(product_id, {"UnitPrice": 10_000 + len(quick)})
                quick.append(asyncio.create_task(it.sync(ids=(product_id,))))

            await it.sync(touch, strategy=Strategy.BATCH)
            await asyncio.gather(*quick)

            assert len(quick) == len(chosen)
            await it.assert_equal()

    asyncio.run(scenario())
