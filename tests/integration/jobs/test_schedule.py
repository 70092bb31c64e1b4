from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from integration.jobs.shop import QUICK, Shop, shop
from ploomes_sync.domain.run import RunStatus, Strategy, SyncRequest
from ploomes_sync.jobs.schedule import job_app
from ploomes_sync.store import jobs

EVERY_SECOND = "* * * * * *"
TICKS = (
    "select (args ->> 'timestamp')::bigint as at from ploomes_sync.procrastinate_jobs where task_name = %(task)s"
)
ASKING = ["complete_walk", "scheduled_sync"]
ASKED = (
    "select count(*) = %(count)s from ploomes_sync.procrastinate_jobs "
    "where task_name = any(%(tasks)s) and status = 'succeeded'"
)
SPANS = (
    "select min(e.at) filter (where e.type = 'started') as began, "
    "min(e.at) filter (where e.type = 'succeeded') as ended "
    "from ploomes_sync.procrastinate_jobs j join ploomes_sync.procrastinate_events e on e.job_id = j.id "
    "where j.task_name = any(%(tasks)s) group by j.id order by j.id"
)


async def ticks(it: Shop, task: str) -> list[int]:
    return sorted(row["at"] for row in await it.rows(TICKS, task=task))


def test_of_many_workers_one_serves_each_tick(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url, {"SYNC_SCHEDULE": EVERY_SECOND}) as it, AsyncExitStack() as crew:
            began = time.time()
            for _ in range(3):
                await crew.enter_async_context(it.worker())
            await it.until("select count(*) >= 3 from ploomes_sync.run_keys where key like 'sync:%%'")
            met = await ticks(it, "scheduled_sync")
            keys = await it.rows("select run_id from ploomes_sync.run_keys where key like 'sync:%%'")

            assert met == sorted(set(met)), "none twice"
            assert len(met) >= met[-1] - met[0], "none lost; one may be left out while the job of another waits"
            assert met[0] <= began + 1
            assert len(keys) <= len(met)

    asyncio.run(scenario())


def test_a_schedule_adds_no_second_run_while_one_is_open(database_url: str) -> None:
    async def scenario() -> None:
        settings = {"SYNC_SCHEDULE": EVERY_SECOND, "PRODUCT_SYNC_BATCH_SIZE": 10, "PRODUCT_SYNC_CONCURRENT": 1}
        async with shop(database_url, settings, latency_ms=80) as it, it.worker():
            await it.until("select count(*) >= 2 from ploomes_sync.run_keys where key like 'sync:%%'")

            assert await it.value("select count(*) from ploomes_sync.runs") == 1

    asyncio.run(scenario())


def test_the_daily_walk_reads_everything(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url, {"COMPLETE_SYNC_SCHEDULE": EVERY_SECOND}) as it, it.worker():
            await it.until("select exists (select from ploomes_sync.runs where status = 'succeeded')")
            (run,) = await it.rows("select request, strategy from ploomes_sync.runs order by created_at limit 1")

            assert run == {"request": {"origin": "schedule", "strategy": "batch"}, "strategy": Strategy.BATCH}

    asyncio.run(scenario())


def test_the_first_worker_of_an_empty_catalogue_reads_it_once(database_url: str) -> None:
    async def scenario() -> None:
        daily = {"SYNC_SCHEDULE": "0 * * * *", "COMPLETE_SYNC_SCHEDULE": "0 * * * *"}
        async with shop(database_url, daily) as it, it.worker():
            await it.until(ASKED, tasks=ASKING, count=2)
            await it.until("select exists (select from ploomes_sync.runs where status = 'succeeded')")

            assert await it.value("select count(*) from ploomes_sync.runs") == 1
            (walk, changes) = await it.rows(SPANS, tasks=ASKING)
            assert changes["began"] >= walk["ended"], "asked first, it would have a run that the walk cannot join"

    asyncio.run(scenario())


@pytest.mark.parametrize("schedule", ["SYNC_SCHEDULE", "COMPLETE_SYNC_SCHEDULE"])
def test_a_late_tick_reads_nothing_that_has_been_read_since(database_url: str, schedule: str) -> None:
    async def scenario() -> None:
        async with shop(database_url, {schedule: "0 * * * *"}) as it:
            await it.app.sync(SyncRequest())
            async with it.worker():
                await it.until(ASKED, tasks=ASKING, count=1)

            assert await it.value("select count(*) from ploomes_sync.runs") == 1

    asyncio.run(scenario())


def test_a_tick_that_was_missed_is_made_up_for_once(database_url: str) -> None:
    async def scenario() -> None:
        missed = datetime.now(UTC) - timedelta(hours=2)
        daily = {"SYNC_SCHEDULE": f"{missed.minute} {missed.hour} * * *", "SCHEDULE_TIMEZONE": "UTC"}
        async with shop(database_url, daily) as it:
            for _ in range(2):
                it.parts.stopping.clear()
                async with it.worker():
                    await it.until("select count(*) = 1 from ploomes_sync.runs where status = 'succeeded'")
                    await it.until("select count(*) = 1 from ploomes_sync.procrastinate_workers")

            assert await ticks(it, "scheduled_sync") == [int(missed.replace(second=0).timestamp())]

    asyncio.run(scenario())


def test_the_clock_of_a_schedule_is_that_of_its_time_zone(database_url: str) -> None:
    async def scenario() -> list[float]:
        found = []
        for zone in ("America/Sao_Paulo", "UTC"):
            settings = {"SYNC_SCHEDULE": "0 6 * * *", "SCHEDULE_TIMEZONE": zone}
            async with shop(database_url, settings) as it:
                engine = job_app(it.app, asyncio.Event())
                tick = engine.periodic_registry.periodic_tasks["scheduled_sync", ""]
                found.append(
                    tick.croniter.get_next(ret_type=float, start_time=datetime(2026, 7, 1, tzinfo=UTC).timestamp())
                )
        return found

    expected = [datetime(2026, 7, 1, hour, tzinfo=UTC).timestamp() for hour in (9, 6)]
    assert asyncio.run(scenario()) == expected


def test_old_history_is_forgotten_but_not_what_the_next_sync_builds_on(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            await it.sync(strategy=Strategy.BATCH)
            await it.sync(ids=(it.ids()[0],))
            waiting = (await it.app.submit(SyncRequest(segments=("rentals",)))).run
            await it.execute(
                "update ploomes_sync.runs set created_at = now() - interval '1 year', "
                "finished_at = finished_at - interval '1 year'"
            )
            await it.execute("update ploomes_sync.run_events set at = now() - interval '1 year'")
            async with it.db.transaction() as conn:
                await jobs.defer(conn, "sync_products", {}, at=datetime.now(UTC) + timedelta(days=1))
            before = await it.app.run(waiting.id)
            async with it.worker(timing=replace(QUICK, orphaned=60)):
                await it.execute(
                    "insert into ploomes_sync.procrastinate_jobs (queue_name, task_name, args) "
                    "values ('upkeep', 'retention', '{\"timestamp\": 1}')"
                )
                await it.ended(before)
                await it.until("select count(*) = 2 from ploomes_sync.runs")

            kept = await it.rows("select covering, request from ploomes_sync.runs order by created_at")
            assert [row["covering"] for row in kept].count(True) == 1
            assert (await it.app.run(waiting.id)).status is RunStatus.SUCCEEDED
            it.parts.stopping.clear()
            assert (await it.sync()).plan.strategy is not Strategy.BATCH  # type: ignore[union-attr]  # it has run

    asyncio.run(scenario())
