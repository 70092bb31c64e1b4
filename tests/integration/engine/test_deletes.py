from __future__ import annotations

import asyncio

import pytest

from harness import World, world
from ploomes_simulator.faults import Fault
from ploomes_sync.domain.run import Run, RunStatus, Strategy
from ploomes_sync.engine.execute import confirm
from ploomes_sync.errors import RunStateError

BATCH = Strategy.BATCH


async def _deleted(it: World) -> int:
    return int(await it.value("select count(*) from public.products_enhanced where deleted_at is not null"))


async def _shows_three_of(it: World) -> Run:
    """Read everything, and then once more when the source shows three products."""
    await it.sync()
    it.simulator.change_settings({"visible_products": 3})
    return await it.sync(strategy=BATCH)


def test_when_the_source_shows_three_products_nothing_is_deleted_without_a_person(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=660) as it:
            run = await _shows_three_of(it)

            assert (run.status, run.missing) == (RunStatus.NEEDS_CONFIRMATION, 657)
            assert await _deleted(it) == 0
            assert await it.value("select max(sync_version) from public.products_enhanced") == 1
            again = await it.sync()
            assert again.status is RunStatus.SUCCEEDED, "what waits for a person keeps nobody from syncing"
            assert await _deleted(it) == 0

    asyncio.run(scenario())


def test_a_confirmed_deletion_asks_for_each_product_again_before_it_marks_it(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=800) as it:
            held = await _shows_three_of(it)
            it.simulator.change_settings({"visible_products": 300})
            it.simulator.reset_stats()

            run = await confirm(it.parts, held.id, None)

            assert (run.id, run.status, run.outcome.deleted) == (held.id, RunStatus.SUCCEEDED, 500)
            assert await _deleted(it) == 500
            asked = "".join(request["query"] for request in it.product_requests())
            assert all(f"Id%20eq%20{product_id}" in asked for product_id in it.ids()[3:])
            it.simulator.change_settings({"visible_products": None})
            back = await it.sync(strategy=BATCH)
            assert (back.outcome.restored, await _deleted(it)) == (500, 0)
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_deletion_of_nearly_all_can_be_confirmed_whichever_products_are_left(database_url: str) -> None:
    """Neither the oldest nor the newest are left, nor those written last: none of them may be asked to vouch."""

    async def scenario() -> None:
        async with world(database_url, products=900) as it:
            await it.sync()
            ids = it.ids()
            await it.sync(ids=tuple(ids[100:103]))
            for product_id in {*ids} - {*ids[400:403]}:
                it.simulator.delete_product(product_id)
            held = await it.sync(strategy=BATCH)

            run = await confirm(it.parts, held.id, None)

            assert (held.status, held.missing) == (RunStatus.NEEDS_CONFIRMATION, 897)
            assert (run.status, run.outcome.deleted) == (RunStatus.SUCCEEDED, 897)
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_run_is_confirmed_once_and_only_when_it_waits(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=900) as it:
            held = await _shows_three_of(it)
            await confirm(it.parts, held.id, None)

            with pytest.raises(RunStateError):
                await confirm(it.parts, held.id, None)

    asyncio.run(scenario())


def test_a_caller_who_allows_the_number_is_not_asked(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=700) as it:
            await it.sync()
            for product_id in it.ids()[100:400]:
                it.simulator.delete_product(product_id)

            held = await it.sync(strategy=BATCH, allow_deletes=299)
            run = await it.sync(strategy=BATCH, allow_deletes=300)

            assert held.status is RunStatus.NEEDS_CONFIRMATION
            assert (run.status, run.outcome.deleted) == (RunStatus.SUCCEEDED, 300)
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_few_deletions_go_through_by_themselves_and_come_back_when_the_source_brings_them(
    database_url: str,
) -> None:
    async def scenario() -> None:
        async with world(database_url, products=1500) as it:
            await it.sync()
            it.simulator.snapshot()
            it.simulator.apply_churn(delete=14)

            run = await it.sync(strategy=BATCH)
            await it.assert_equal()
            marked = await it.rows(
                "select active, available_for_sale from public.products_enhanced where deleted_at is not null"
            )
            it.simulator.restore()
            back = await it.sync(strategy=BATCH)

            assert (run.status, run.outcome.deleted) == (RunStatus.SUCCEEDED, 14)
            assert marked == [{"active": False, "available_for_sale": False}] * 14
            assert back.outcome.restored == 14
            await it.assert_equal()

    asyncio.run(scenario())


def test_an_answer_that_lacks_even_what_was_just_read_proves_no_deletion(database_url: str) -> None:
    """Also the questions by id are answered wrongly: with an empty list and the count of it."""

    async def scenario() -> None:
        async with world(database_url, products=600) as it:
            await it.sync()
            chosen = it.ids()[5:10]
            it.simulator.change_settings({"visible_products": 0})
            with pytest.raises(Exception, match="alive a moment ago"):
                await it.sync(ids=chosen)
            assert await _deleted(it) == 0

            it.simulator.change_settings({"visible_products": None})
            await it.rows("update ploomes_sync.runs set resume_after = null returning 1")
            await it.sync()
            assert (await _deleted(it), await _open_runs(it)) == (0, 0)

    asyncio.run(scenario())


async def _open_runs(it: World) -> int:
    return int(await it.value("select count(*) from ploomes_sync.runs where status in ('queued', 'running')"))


def test_a_stretch_of_products_is_not_deleted_because_pages_come_empty(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=900) as it:
            await it.sync()
            it.simulator.script_fault(Fault.EMPTY, times=3, path="/Products", skip=2)

            run = await it.sync(strategy=BATCH)

            assert (run.status, run.outcome.unchanged, run.outcome.deleted) == (RunStatus.SUCCEEDED, 900, 0)
            assert run.outcome.errors == {"network": 3}

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "record",
    [
        b'{"Id": %d, "Name": "meio par \\ud83d", "LastUpdateDate": null}',
        b'{"Id": %d, "Name": "fundo", "X": ' + b"[" * 4000 + b"]" * 4000 + b"}",
        b'{"Id": %d, "Name": "sem fim", "UnitPrice": NaN}',
        b'{"Name": "sem Id, no lugar de %d"}',
    ],
    ids=["lone surrogate", "too deep", "no JSON", "no id"],
)
def test_a_product_whose_record_has_become_unreadable_is_not_thought_deleted(
    database_url: str, record: bytes
) -> None:
    async def scenario() -> None:
        async with world(database_url, products=700) as it:
            await it.sync()
            ids = it.ids()
            chosen = [ids[0], ids[299], ids[300], ids[-1]]
            for product_id in chosen:
                it.simulator.put_raw(product_id, record % product_id)
            it.simulator.delete_product(ids[301])

            run = await it.sync(strategy=BATCH)
            await it.sync(ids=chosen)

            assert run.status in {RunStatus.PARTIAL, RunStatus.SUCCEEDED}
            assert run.outcome.deleted == 1
            gone = await it.rows("select ploomes_id from ploomes_sync.product_state where deleted_at is not null")
            assert [row["ploomes_id"] for row in gone] == [ids[301]]

    asyncio.run(scenario())
