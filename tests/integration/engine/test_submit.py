from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from harness import World, world
from ploomes_simulator.faults import Fault
from ploomes_sync.domain.run import RunStatus, Strategy, SyncRequest
from ploomes_sync.engine.execute import sync, work
from ploomes_sync.engine.parts import Parts, Progress
from ploomes_sync.engine.submit import cancel, confirm, find, submit
from ploomes_sync.errors import ReusedKeyError, RunStateError, SettingsError, SourceDownError, UnknownRunError
from ploomes_sync.resilience.breaker import Breaker

BATCH, INCREMENTAL = Strategy.BATCH, Strategy.INCREMENTAL
PAGES = {"PRODUCT_SYNC_BATCH_SIZE": 50}
JOBS = "select args ->> 'run_id' as run_id from ploomes_sync.procrastinate_jobs where status = 'todo' order by id"


def another(it: World) -> Parts:
    """Give the parts of another process."""
    return replace(it.parts, owner="elsewhere:1", stopping=asyncio.Event())


async def jobs(it: World) -> list[UUID]:
    return [UUID(row["run_id"]) for row in await it.rows(JOBS)]


def test_asking_costs_ploomes_nothing_and_the_run_is_planned_when_it_is_worked_on(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it:
            it.simulator.change_settings({"outage": True})
            asked = await submit(it.db, SyncRequest(strategy=BATCH))
            assert (asked.created, asked.joined, asked.run.status) == (True, False, RunStatus.QUEUED)
            assert asked.run.plan is None
            assert await jobs(it) == [asked.run.id]
            assert it.product_requests() == []

            it.simulator.change_settings({"outage": False})
            run = await work(it.parts, asked.run)

            assert (run.id, run.status, run.outcome.inserted) == (asked.run.id, RunStatus.SUCCEEDED, 300)
            assert run.plan is not None
            assert run.plan.reason == "batch was asked for"
            await it.assert_equal()

    asyncio.run(scenario())


def test_of_ten_who_ask_for_the_same_at_once_one_makes_the_run(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=10) as it:
            asked = await asyncio.gather(*(submit(it.db, SyncRequest(segments=("omie",))) for _ in range(10)))

            assert len({one.run.id for one in asked}) == 1
            assert sorted((one.created, one.joined) for one in asked) == [(False, True)] * 9 + [(True, False)]
            assert len(await jobs(it)) == 1

    asyncio.run(scenario())


JOINS = [
    (SyncRequest(), SyncRequest(), True),
    (SyncRequest(strategy=BATCH), SyncRequest(), True),
    (SyncRequest(), SyncRequest(strategy=BATCH), False),
    (SyncRequest(), SyncRequest(segments=("omie",)), False),
    (SyncRequest(allow_deletes=5), SyncRequest(), True),
    (SyncRequest(), SyncRequest(allow_deletes=5), False),
    (SyncRequest(ids=(1, 2)), SyncRequest(ids=(2, 1), origin="api"), True),
    (SyncRequest(ids=(1, 2)), SyncRequest(ids=(1,)), False),
    (SyncRequest(ids=(1,)), SyncRequest(), False),
]


@pytest.mark.parametrize(("first", "second", "joined"), JOINS)
def test_a_request_joins_a_run_that_does_the_same(
    database_url: str,
    first: SyncRequest,
    second: SyncRequest,
    joined: bool,  # noqa: FBT001 - a table of cases
) -> None:
    async def scenario() -> None:
        async with world(database_url, products=10) as it:
            made = await submit(it.db, first)

            asked = await submit(it.db, second)

            assert (asked.joined, asked.run.id == made.run.id) == (joined, joined)

    asyncio.run(scenario())


def test_products_named_by_id_are_read_again_when_their_run_has_begun(database_url: str) -> None:
    """They may have changed after the run has met them."""

    async def scenario() -> None:
        async with world(database_url, products=100) as it:
            await it.sync()
            request = SyncRequest(ids=tuple(it.ids()[:5]))
            first = await submit(it.db, request)
            it.parts = replace(it.parts, limits=replace(it.parts.limits, pauses=()), breaker=Breaker(threshold=99))
            it.simulator.change_settings({"outage": True})
            with pytest.raises(SourceDownError):
                await work(it.parts, first.run)

            second = await submit(it.db, request)

            assert (second.created, second.joined) == (True, False)

    asyncio.run(scenario())


def test_the_same_idempotency_key_gives_the_same_run_also_after_its_end(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=100) as it:
            request = SyncRequest(origin="api")
            first = await submit(it.db, request, idempotency_key="k1")
            joined = await submit(it.db, request, idempotency_key="k2")
            await work(it.parts, first.run)

            again = await submit(it.db, request, idempotency_key="k1")
            also = await submit(it.db, request, idempotency_key="k2")
            new = await submit(it.db, request, idempotency_key="k3")

            assert (joined.joined, joined.run.id) == (True, first.run.id)
            assert (again.created, again.joined, again.run.id) == (False, False, first.run.id)
            assert again.run.status is RunStatus.SUCCEEDED
            assert also.run.id == first.run.id
            assert new.created
            with pytest.raises(ReusedKeyError):
                await submit(it.db, SyncRequest(origin="api", strategy=BATCH), idempotency_key="k1")
            other = await submit(it.db, SyncRequest(origin="schedule", strategy=BATCH), idempotency_key="k1")
            assert other.created, "the keys of another kind of caller are others"

    asyncio.run(scenario())


@pytest.mark.parametrize("key", ["", "k" * 201, "a\x00b", "a\ud800"])
def test_an_idempotency_key_that_cannot_be_kept_is_refused(database_url: str, key: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=10) as it:
            with pytest.raises(SettingsError, match="idempotency key"):
                await submit(it.db, SyncRequest(), idempotency_key=key)

    asyncio.run(scenario())


def test_concurrent_equal_submissions_with_one_key_make_one_run(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=10) as it:
            many = (submit(it.db, SyncRequest(ids=(7,)), idempotency_key="once") for _ in range(10))

            asked = await asyncio.gather(*many)

            assert len({one.run.id for one in asked}) == 1
            assert sum(one.created for one in asked) == 1

    asyncio.run(scenario())


def test_a_run_that_nobody_has_begun_when_its_process_died_is_worked_on_by_another(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=200) as it:
            asked = await submit(it.db, SyncRequest())

            run = await sync(another(it), SyncRequest())

            assert (run.id, run.status) == (asked.run.id, RunStatus.SUCCEEDED)
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_second_run_over_everything_waits_for_the_first_and_then_reads_what_is_left(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=1000, latency_ms=3, settings=PAGES) as it:
            await it.sync()
            walk = (await submit(it.db, SyncRequest(strategy=BATCH))).run
            changes = (await submit(it.db, SyncRequest(strategy=INCREMENTAL))).run
            begun = asyncio.Event()

            def observe(progress: Progress) -> None:
                if progress.outcome.pages:
                    begun.set()

            walking = asyncio.create_task(work(it.parts, walk, observe))
            await begun.wait()
            it.simulator.apply_churn(edit=5)
            second = await work(another(it), changes)
            first = await walking

            assert (first.status, second.status) == (RunStatus.SUCCEEDED, RunStatus.SUCCEEDED)
            assert first.finished_at is not None
            assert second.outcome.requests < 8, "it asked for nothing while it waited"
            planned = await it.value(
                "select min(at) from ploomes_sync.run_events where run_id = %(id)s and event = 'run.planned'",
                id=second.id,
            )
            assert planned >= first.finished_at, "it was planned when the first had ended"
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_run_that_waits_takes_over_the_one_before_it_when_that_dies(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=500, settings=PAGES) as it:
            await it.sync()
            walk = (await submit(it.db, SyncRequest(strategy=BATCH))).run
            changes = (await submit(it.db, SyncRequest(strategy=INCREMENTAL))).run

            def stop(progress: Progress) -> None:
                if progress.outcome.pages >= 2:
                    it.parts.stopping.set()

            await work(it.parts, walk, stop)
            await it.rows(
                "update ploomes_sync.runs set status = 'running', lease_owner = 'dead:1', "
                "lease_until = now() - interval '1 s' where id = %(id)s returning 1",
                id=walk.id,
            )
            second = await work(another(it), changes)

            assert second.status is RunStatus.SUCCEEDED
            assert (await find(it.db, walk.id)).status is RunStatus.SUCCEEDED

    asyncio.run(scenario())


def test_cancelling_ends_a_run_in_the_middle_and_keeps_what_it_has_written(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=1000, latency_ms=2, settings=PAGES) as it:
            cancelling: list[asyncio.Task[object]] = []

            def observe(progress: Progress) -> None:
                if progress.outcome.pages >= 5 and not cancelling:
                    cancelling.append(asyncio.create_task(cancel(it.db, progress.run.id)))

            run = await it.sync(observe)
            assert run.status is RunStatus.CANCELLED
            stored = await it.value("select count(*) from public.products_enhanced")
            assert 0 < stored < 1000
            assert stored == run.outcome.inserted

            again = await it.sync()

            assert (again.id != run.id, again.status) == (True, RunStatus.SUCCEEDED)
            assert again.plan is not None
            assert again.plan.reason == "no full sync has finished yet", "the watermark has not moved"
            await it.assert_equal()

    asyncio.run(scenario())


def test_cancelling_a_run_that_waits_for_another_frees_its_worker(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300, settings={**PAGES, "PRODUCT_SYNC_LEASE_SECONDS": 2}) as it:
            await it.sync()
            await it.rows(
                "insert into ploomes_sync.runs "
                "(status, request, covering, lease_owner, lease_until, attempt, plan) "
                "values ('running', '{}', true, 'busy:1', now() + interval '1 h', 1, "
                """ '{"strategy": "batch", "reason": "a test", "covering": true}') returning 1"""
            )
            waiting = (await submit(it.db, SyncRequest(strategy=INCREMENTAL))).run
            working = asyncio.create_task(work(it.parts, waiting))
            while (await find(it.db, waiting.id)).status is RunStatus.QUEUED:  # noqa: ASYNC110 - only the row tells
                await asyncio.sleep(0.02)

            await cancel(it.db, waiting.id)

            assert (await asyncio.wait_for(working, 60)).status is RunStatus.CANCELLED

    asyncio.run(scenario())


def test_only_what_has_not_ended_can_be_cancelled(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=20) as it:
            ended = await it.sync()
            queued = (await submit(it.db, SyncRequest(strategy=BATCH))).run

            assert (await cancel(it.db, queued.id)).status is RunStatus.CANCELLED
            assert (await cancel(it.db, queued.id)).status is RunStatus.CANCELLED
            assert (await work(it.parts, queued)).status is RunStatus.CANCELLED, "its job does nothing"
            with pytest.raises(RunStateError, match="succeeded"):
                await cancel(it.db, ended.id)
            with pytest.raises(UnknownRunError):
                await cancel(it.db, UUID(int=1))

    asyncio.run(scenario())


def test_a_confirmed_deletion_is_queued_with_its_job(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=900) as it:
            await it.sync()
            it.simulator.change_settings({"visible_products": 3})
            held = await it.sync(strategy=BATCH)
            assert held.status is RunStatus.NEEDS_CONFIRMATION
            it.simulator.change_settings({"visible_products": None})
            for product_id in it.ids()[3:]:
                it.simulator.delete_product(product_id)

            queued = await confirm(it.db, held.id)
            assert (queued.status, await jobs(it)) == (RunStatus.QUEUED, [held.id])
            run = await work(it.parts, queued)

            assert (run.status, run.outcome.deleted) == (RunStatus.SUCCEEDED, 897)
            with pytest.raises(RunStateError, match="does not wait"):
                await confirm(it.db, held.id)

    asyncio.run(scenario())


def test_a_run_by_id_that_always_fails_does_not_hold_up_the_others(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it:
            await it.sync()
            it.parts = replace(it.parts, limits=replace(it.parts.limits, pauses=()), breaker=Breaker(threshold=99))
            it.simulator.script_fault(Fault.CUT, times=8)
            stuck = (await submit(it.db, SyncRequest(ids=tuple(it.ids()[:3])))).run
            with pytest.raises(SourceDownError):
                await work(it.parts, stuck)
            await it.rows("update ploomes_sync.runs set resume_after = now() where failures > 0 returning 1")

            run = await it.sync(strategy=INCREMENTAL)
            left = await find(it.db, stuck.id)

            assert run.status is RunStatus.SUCCEEDED
            assert (left.status, left.failures) == (RunStatus.QUEUED, 2), "it was tried, and rests"
            assert left.resume_after is not None
            assert (await it.sync(strategy=INCREMENTAL)).status is RunStatus.SUCCEEDED
            assert (await find(it.db, stuck.id)).attempt == left.attempt

    asyncio.run(scenario())
