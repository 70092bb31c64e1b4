from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from integration.jobs.shop import QUICK, Shop, shop
from ploomes_sync.domain.job import JobState
from ploomes_sync.domain.run import RunStatus, Strategy, SyncRequest
from ploomes_sync.jobs import tasks
from ploomes_sync.jobs.tasks import Patience
from ploomes_sync.store import jobs, runs

ENDED = (
    "select count(*) = 1 from ploomes_sync.procrastinate_jobs "
    "where task_name = 'work_run' and status::text = %(state)s"
)

HEALTH = (
    "select exists (select from ploomes_sync.procrastinate_jobs where task_name = 'webhook_health' "
    "and args ->> 'timestamp' = '1' and status::text = %(state)s)"
)
FAILED = (
    "select id from ploomes_sync.procrastinate_jobs where task_name = 'webhook_health' "
    "and args ->> 'timestamp' = '1' and status = 'failed'"
)


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Patience, "first_seconds", 0)


def test_a_submitted_run_is_worked_on_and_its_job_ends_with_it(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it, it.worker():
            submitted = await it.app.submit(SyncRequest(strategy=Strategy.BATCH))
            run = await it.ended(submitted.run)

            assert (run.status, run.outcome.inserted) == (RunStatus.SUCCEEDED, 300)
            await it.until(ENDED, state="succeeded")
            assert await it.jobs() == [("work_run", "succeeded", 1)]
            await it.assert_equal()

    asyncio.run(scenario())


def test_an_urgent_product_does_not_wait_behind_a_walk_of_everything(database_url: str) -> None:
    async def scenario() -> None:
        settings = {"PRODUCT_SYNC_BATCH_SIZE": 10, "PRODUCT_SYNC_CONCURRENT": 2}
        async with shop(database_url, settings, latency_ms=100) as it, it.worker():
            walk = (await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run
            await it.until("select exists (select from ploomes_sync.runs where pages > 0)")
            urgent = (await it.app.submit(SyncRequest(ids=(it.ids()[0],)))).run

            assert (await it.ended(urgent)).status is RunStatus.SUCCEEDED
            assert (await it.app.run(walk.id)).status is RunStatus.RUNNING

    asyncio.run(scenario())


def test_a_run_waits_as_long_as_ploomes_is_away_and_is_not_lost(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            it.simulator.change_settings({"fault_503": 1.0})
            async with it.worker():
                run = (await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run
                await it.until("select coalesce(max(attempts), 0) >= 2 from ploomes_sync.procrastinate_jobs")
                assert (await it.app.run(run.id)).status in (RunStatus.QUEUED, RunStatus.RUNNING)
                it.simulator.change_settings({"fault_503": 0.0})

                assert (await it.ended(run)).status is RunStatus.SUCCEEDED
            assert len(await it.jobs()) == 1

    asyncio.run(scenario())


def test_a_run_that_needs_a_person_fails_once_and_can_be_looked_at(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            it.simulator.change_settings({"key": "another"})
            async with it.worker():
                run = await it.ended((await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run)
                await it.until(ENDED, state="failed")
            async with it.db.transaction() as conn:
                (listed,) = (await jobs.recent(conn, 10, JobState.FAILED, 60)).jobs

            assert (run.status, listed.task, listed.attempts) == (RunStatus.FAILED, "work_run", 1)
            assert listed.args == {"run_id": str(run.id)}
            assert listed.finished_at is not None
            async with it.db.transaction() as conn:
                assert not await jobs.retry(conn, listed.id), "its run has ended"

    asyncio.run(scenario())


def test_a_worker_that_is_told_to_stop_gives_its_run_back_at_the_next_page(database_url: str) -> None:
    async def scenario() -> None:
        settings = {"PRODUCT_SYNC_BATCH_SIZE": 10, "PRODUCT_SYNC_CONCURRENT": 1}
        async with shop(database_url, settings, latency_ms=50) as it:
            run = (await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run
            async with it.worker():
                await it.until("select exists (select from ploomes_sync.runs where pages > 2)")
            given_back = await it.app.run(run.id)
            assert (given_back.status, given_back.lease_until) == (RunStatus.QUEUED, None)
            assert await it.jobs() == [("work_run", "todo", 1)]

            it.parts.stopping.clear()
            async with it.worker():
                ended = await it.ended(run)

            assert (ended.status, ended.attempt, ended.outcome.inserted) == (RunStatus.SUCCEEDED, 2, 300)

    asyncio.run(scenario())


def test_a_job_leaves_a_run_alone_that_another_process_holds(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            run = (await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run
            async with it.db.transaction() as conn:
                await runs.claim(conn, runs.Lease(run.id, "another", 60))
            async with it.worker():
                await it.until(ENDED, state="succeeded")

            assert (await it.app.run(run.id)).lease_owner == "another"
            assert it.product_requests() == []

    asyncio.run(scenario())


LOST = [
    (
        "its worker is dead",
        "update ploomes_sync.procrastinate_workers set last_heartbeat = now() - interval '1 min'",
    ),
    ("its worker's row is gone", "delete from ploomes_sync.procrastinate_workers"),
]


@pytest.mark.parametrize("death", [case[1] for case in LOST], ids=[case[0] for case in LOST])
def test_a_job_comes_back_when(database_url: str, death: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            run = (await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run
            await _fetch_and_die(it)
            await it.execute(death)
            async with it.worker():
                assert (await it.ended(run)).status is RunStatus.SUCCEEDED
                await it.until(ENDED, state="succeeded")
            assert await it.jobs() == [("work_run", "succeeded", 2)]

    asyncio.run(scenario())


async def _fetch_and_die(it: Shop) -> None:
    """Take a job as a worker does that then is never heard of again."""
    await it.execute("insert into ploomes_sync.procrastinate_workers default values")
    await it.execute(
        "update ploomes_sync.procrastinate_jobs set status = 'doing', "
        "worker_id = (select max(id) from ploomes_sync.procrastinate_workers)"
    )


def test_a_dead_workers_job_waits_for_the_lease_of_its_run(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            run = (await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run
            await _fetch_and_die(it)
            await it.execute("delete from ploomes_sync.procrastinate_workers")
            async with it.db.transaction() as conn:
                await runs.claim(conn, runs.Lease(run.id, "the dead one", 60))
                assert await jobs.rescue(conn, 0) == []
            await it.execute("update ploomes_sync.runs set lease_until = now() - interval '1 s'")
            async with it.db.transaction() as conn:
                assert len(await jobs.rescue(conn, 0)) == 1

    asyncio.run(scenario())


def test_a_job_that_was_lost_on_the_way_to_a_living_worker_comes_back(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it, it.worker():
            await it.until("select count(*) = 1 from ploomes_sync.procrastinate_workers")
            await it.execute(
                "insert into ploomes_sync.procrastinate_jobs (queue_name, task_name, args, status, worker_id) "
                "select 'upkeep', 'retention', '{\"timestamp\": 1}', 'doing', id "
                "from ploomes_sync.procrastinate_workers"
            )
            await it.until(
                "select exists (select from ploomes_sync.procrastinate_jobs where task_name = 'retention' "
                "and args ->> 'timestamp' = '1' and status = 'succeeded')"
            )

    asyncio.run(scenario())


def test_an_open_run_that_nobody_works_on_gets_a_job(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            run = (await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run
            await it.execute("delete from ploomes_sync.procrastinate_jobs")
            async with it.worker():
                assert (await it.ended(run)).status is RunStatus.SUCCEEDED
            assert [task for task, _, _ in await it.jobs()] == ["work_run"]

    asyncio.run(scenario())


def test_a_dead_workers_job_ends_where_another_for_the_same_run_waits(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            run = (await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run
            await _fetch_and_die(it)
            await it.execute("delete from ploomes_sync.procrastinate_workers")
            async with it.db.transaction() as conn:
                lock, args = f"run:{run.id}", {"run_id": str(run.id)}
                assert await jobs.defer(conn, jobs.WORK_RUN, args, queueing_lock=lock)
                assert not await jobs.defer(conn, jobs.WORK_RUN, args, queueing_lock=lock)
                await jobs.rescue(conn, 0)

            assert await it.jobs() == [("work_run", "aborted", 1), ("work_run", "todo", 0)]

    asyncio.run(scenario())


def test_a_failed_job_is_tried_again_when_somebody_says_so(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            it.simulator.change_settings({"key": "another"})
            hook = "insert into ploomes_sync.webhook_settings (id, callback_url) values ('account', %(url)s)"
            await it.execute(hook, url="https://here.example/webhooks")
            await it.execute(
                "insert into ploomes_sync.procrastinate_jobs (queue_name, task_name, args) "
                "values ('sync', 'webhook_health', '{\"timestamp\": 1}')"
            )
            async with it.worker():
                await it.until(HEALTH, state="failed")
                it.simulator.change_settings({"key": "key"})
                async with it.db.transaction() as conn:
                    assert await jobs.retry(conn, await it.value(FAILED))
                await it.until(HEALTH, state="succeeded")

    asyncio.run(scenario())


def test_a_product_that_a_webhook_names_is_fetched_by_the_worker(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            await it.sync()
            changed = it.ids()[5]
            it.simulator.edit_product(changed, {"UnitPrice": 12345})
            await it.execute(
                "insert into ploomes_sync.refresh_queue (ploomes_id, due_at) values (%(id)s, now())", id=changed
            )
            async with it.worker():
                await it.until("select count(*) = 0 from ploomes_sync.refresh_queue")
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_worker_without_a_key_leaves_the_syncs_to_others(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url, {"SYNC_SCHEDULE": "* * * * * *"}) as it:
            await it.app.submit(SyncRequest(strategy=Strategy.BATCH))
            async with it.worker(replace(it.app, parts=None)):
                await it.execute(
                    "insert into ploomes_sync.procrastinate_jobs (queue_name, task_name, args) "
                    "values ('upkeep', 'retention', '{\"timestamp\": 1}')"
                )
                await it.until(
                    "select exists (select from ploomes_sync.procrastinate_jobs "
                    "where task_name = 'retention' and args ->> 'timestamp' = '1' and status = 'succeeded')"
                )

            assert await it.jobs() == [("work_run", "todo", 0)]

    asyncio.run(scenario())


def test_a_job_asks_for_one_sync_however_often_it_is_done(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it, it.worker(timing=replace(QUICK, orphaned=60)):
            async with it.db.transaction() as conn:
                await jobs.defer(conn, "sync_products", {"segments": ["rentals"], "urgency": "high"})
            await it.until("select count(*) = 1 from ploomes_sync.runs where status = 'succeeded'")
            await it.execute(
                "update ploomes_sync.procrastinate_jobs set status = 'todo' where task_name = 'sync_products'"
            )
            await it.until(
                "select attempts = 2 from ploomes_sync.procrastinate_jobs where task_name = 'sync_products'"
            )

            (request,) = await it.rows("select request from ploomes_sync.runs")
            assert request["request"]["segments"] == ["rentals"]
            assert request["request"]["origin"] == tasks.ORIGIN

    asyncio.run(scenario())
