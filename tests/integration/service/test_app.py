from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from integration.service.opened import opened
from ploomes_sync import open_app, read_settings
from ploomes_sync.domain.history import LogQuery, RunEvent
from ploomes_sync.domain.run import OPEN_STATUSES, Run, RunStatus, Strategy, SyncRequest
from ploomes_sync.engine.execute import work
from ploomes_sync.errors import SettingsError, UnknownRunError


def test_what_is_asked_for_is_worked_on_elsewhere_and_watched_from_here(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url, latency_ms=3) as (app, _):
            asked = await app.submit(SyncRequest(origin="api"))
            told: list[RunEvent] = []

            async def watch() -> None:
                told.extend([event async for event in app.watch(asked.run.id)])

            watching = asyncio.create_task(watch())
            assert (await app.wait(asked.run.id, 0.1)).status is RunStatus.QUEUED
            working = asyncio.create_task(work(app.engine(), asked.run))
            run = await app.wait(asked.run.id, 30)
            await asyncio.wait_for(watching, 60)
            await working

            assert (run.status, run.outcome.inserted) == (RunStatus.SUCCEEDED, 300)
            assert [event.event for event in told if event.event.startswith("run.")] == [
                "run.planned",
                "run.finished",
            ]
            assert told[0].event == "progress"
            assert told[0].detail["status"] == "queued"
            assert told[-1].event == "ended"
            assert (told[-1].detail["status"], told[-1].detail["progress"]) == ("succeeded", 1.0)
            assert [event.id for event in told] == sorted(event.id for event in told)

    asyncio.run(scenario())


def test_whoever_lost_the_connection_is_told_what_came_after(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url) as (app, _):
            run = await app.sync(SyncRequest())
            whole = [event async for event in app.watch(run.id)]

            rest = [event async for event in app.watch(run.id, after=whole[0].id)]

            assert whole[0].event == "run.planned"
            assert [event.event for event in rest] == [event.event for event in whole][1:]
            with pytest.raises(UnknownRunError):
                await anext(app.watch(UUID(int=1)))

    asyncio.run(scenario())


def test_a_request_that_no_run_could_do_is_refused_at_once(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url, products=10) as (app, _):
            for request in (SyncRequest(segments=("tyres",)), SyncRequest(strategy=Strategy.REAL_TIME)):
                for ask in (app.submit, app.sync, app.preview):
                    with pytest.raises(SettingsError):
                        await ask(request)

            assert (await app.logs(LogQuery())).items == []

    asyncio.run(scenario())


def test_without_a_key_reads_work_and_a_sync_says_what_is_missing(database_url: str) -> None:
    async def scenario() -> None:
        settings = read_settings(_env_file=None, DATABASE_URL=database_url)
        async with open_app(settings, warm=False) as app:
            assert (await app.categories()).value.total == 0
            assert (await app.logs(LogQuery())).items == []
            for asked in (app.submit(SyncRequest()), app.sync(SyncRequest()), app.confirm(UUID(int=1))):
                with pytest.raises(SettingsError, match="PLOOME_API_KEY"):
                    await asked

    asyncio.run(scenario())


def test_the_history_shows_runs_with_their_progress_page_by_page(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url) as (app, _):
            await app.sync(SyncRequest())
            await app.sync(SyncRequest(segments=("omie",), strategy=Strategy.BATCH))

            first = await app.logs(LogQuery(limit=1))
            second = await app.logs(LogQuery(limit=1, after=first.next))

            assert [entry.segments for entry in (*first.items, *second.items)] == [("omie",), ()]
            assert second.next is None
            assert (second.items[0].fetched, second.items[0].progress) == (300, 1.0)
            assert second.items[0].seconds_left is None
            assert (second.items[0].duration_seconds or 0) > 0

    asyncio.run(scenario())


def test_a_held_deletion_is_shown_confirmed_and_done(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url) as (app, simulator):
            await app.sync(SyncRequest())
            gone = list(simulator.world.products.ids)[100:150]
            for product_id in gone:
                simulator.delete_product(product_id)
            held = await app.sync(SyncRequest(strategy=Strategy.BATCH))
            assert held.status is RunStatus.NEEDS_CONFIRMATION

            missing = await app.missing(held.id)
            queued = await app.confirm(held.id)
            run = await work(app.engine(), queued)

            assert [product.id for product in missing] == gone
            assert all(product.name for product in missing)
            assert run.outcome.deleted == 50
            assert await app.missing(held.id) == []
            with pytest.raises(UnknownRunError):
                await app.missing(UUID(int=1))

    asyncio.run(scenario())


def test_parked_records_are_listed_and_fetched_once_more(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url) as (app, simulator):
            assert await app.retry_quarantine() is None
            spoilt = list(simulator.world.products.ids)[:12]
            for product_id in spoilt:
                simulator.put_raw(product_id, b'{"Id": %d, "Name": null}' % product_id)
            await app.sync(SyncRequest())
            first = await app.quarantined(limit=5)
            rest = await app.quarantined(limit=50, after=first.next or 0)
            for product_id in spoilt:
                simulator.edit_product(product_id, {"Name": "Consertado"})

            one = await app.retry_quarantine([first.items[0].id])
            every = await app.retry_quarantine()
            assert one is not None
            assert every is not None
            ended = [await work(app.engine(), asked.run) for asked in (one, every)]

            assert (first.total, rest.next) == (12, None)
            assert [record.ploomes_id for record in (*first.items, *rest.items)] == spoilt
            assert one.run.request.ids == (spoilt[0],)
            assert every.run.request.ids == tuple(spoilt)
            assert [run.status for run in ended] == [RunStatus.SUCCEEDED] * 2
            assert (await app.quarantined()).total == 0

    asyncio.run(scenario())


def test_a_preview_writes_nothing_and_reads_show_what_a_sync_brought(database_url: str) -> None:
    async def scenario() -> None:
        async with opened(database_url) as (app, simulator):
            preview = await app.preview(SyncRequest())
            assert (preview.outcome.inserted, (await app.logs(LogQuery())).items) == (300, [])
            run: Run = await app.sync(SyncRequest())
            assert run.status not in OPEN_STATUSES
            key = str(simulator.world.products.ids[0])

            answer = await app.product(key)
            status = await app.status()

            assert answer is not None
            assert answer.value.ploomes_product_id == key
            assert (await app.categories()).value.total == 300
            assert (await app.product("no such code")) is None
            assert [entry.run_id for entry in status.runs] == [run.id]
            assert await app.error_stats() == ()

    asyncio.run(scenario())
