from __future__ import annotations

import asyncio

from integration.jobs.shop import shop
from ploomes_sync.domain.run import RunStatus, Strategy, SyncRequest
from ploomes_sync.telemetry import metrics
from ploomes_sync.telemetry.metrics import total


def test_a_worker_and_what_it_does_are_seen(database_url: str) -> None:
    async def scenario() -> None:
        before = total(metrics.JOBS, task="work_run", outcome="succeeded")
        async with shop(database_url) as it, it.worker():
            run = (await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run
            assert (await it.ended(run)).status is RunStatus.SUCCEEDED
            await it.until("select count(*) = 0 from ploomes_sync.procrastinate_jobs where status = 'doing'")

            status = await it.app.status()
            health = await it.app.health()

            assert (status.jobs.workers, status.jobs.waiting, status.jobs.running) == (1, 0, 0)
            assert next(part for part in health.parts if part.name == "worker").ok
            assert health.ok
            assert total(metrics.JOBS, task="work_run", outcome="succeeded") == before + 1

    asyncio.run(scenario())


def test_a_job_that_fails_is_counted_where_the_status_shows_it(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            await it.execute(
                "insert into ploomes_sync.webhook_settings (id, callback_url) values ('account', 'https://a.example/')"
            )
            it.simulator.change_settings({"key": "another"})
            await it.execute(
                "insert into ploomes_sync.procrastinate_jobs (queue_name, task_name, args) "
                "values ('sync', 'webhook_health', '{\"timestamp\": 1}')"
            )
            async with it.worker():
                await it.until("select exists (select from ploomes_sync.error_stats)")
                await it.until(
                    "select exists (select from ploomes_sync.procrastinate_jobs where status = 'failed')"
                )

                status = await it.app.status()

            (failure,) = status.errors
            assert (failure.error_class.value, failure.endpoint) == ("authentication", "job webhook_health")
            assert "PLOOME_API_KEY" in failure.advice
            assert status.jobs.failed >= 1, "a tick that was missed may bring a second one"

    asyncio.run(scenario())
