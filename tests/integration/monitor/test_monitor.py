from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness import World, world
from ploomes_sync.cache.catalogue import open_catalogue
from ploomes_sync.config import Settings, read_settings
from ploomes_sync.domain.run import Strategy
from ploomes_sync.domain.series import SERIES
from ploomes_sync.domain.status import Level
from ploomes_sync.service.monitor import Monitor, open_monitor
from ploomes_sync.store import metrics

SETTINGS = {"PLOOME_API_KEY": "key", "METRICS_INTERVAL_SECONDS": 0}


def settings(**given: object) -> Settings:
    return read_settings(_env_file=None, **{**SETTINGS, **given})


@asynccontextmanager
async def watched(it: World, **given: object) -> AsyncIterator[Monitor]:
    async with (
        open_catalogue(it.db, it.parts.profile, warm=False) as catalogue,
        open_monitor(it.db, settings(**given), it.parts, catalogue) as monitor,
    ):
        yield monitor


def test_the_status_tells_what_the_syncs_have_done(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=500) as it, watched(it) as monitor:
            run = await it.sync()
            it.simulator.edit_product(it.ids()[0], {"UnitPrice": 4321})
            second = await it.sync(strategy=Strategy.INCREMENTAL)

            status = await monitor.status()

            assert (status.stale, status.database.ok) == (False, True)
            assert status.schema_version == status.schema_expected
            assert status.totals.products == 500
            assert sum(status.totals.types.values()) == 500
            assert [entry.run_id for entry in status.runs] == [second.id, run.id]
            assert status.running == ()
            assert status.covered_at == second.started_at
            assert status.freshness.changes == status.freshness.last_hour.changes == 1
            assert status.run_totals.by_status == {"succeeded": 2}
            assert status.run_totals.rows["inserted"] == 500
            assert status.run_totals.requests == run.outcome.requests + second.outcome.requests
            assert status.budget.left == 119, "the interval keeps any window of 60 s below the limit"

    asyncio.run(scenario())


def test_health_names_each_part_that_is_not_well(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it, watched(it) as monitor:
            it.put(it.ids()[0], Name=None)
            before = await monitor.health()
            await it.sync()
            await it.parts.budget.trip(30)
            await asyncio.sleep(1)

            health = await monitor.health()

            levels = {part.name: part.level for part in health.parts}
            assert not health.ok
            assert {part.name for part in before.parts if not part.ok} == {"worker", "freshness"}
            assert {name for name, level in levels.items() if level is Level.FAILED} == {"worker", "ploomes"}
            assert levels["quarantine"] is Level.WARNING
            assert "No worker is running" in next(part.reason for part in health.parts if part.name == "worker")
            assert len((await monitor.status()).warnings) == 3

    asyncio.run(scenario())


def test_status_and_prometheus_tell_the_same_figures(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=500) as it, watched(it) as monitor:
            await it.sync()
            it.simulator.edit_product(it.ids()[0], {"UnitPrice": 4321})
            await it.sync(strategy=Strategy.INCREMENTAL)
            status = await monitor.status()

            found = scraped(monitor.exposition())

            assert found["ploomes_sync_products", ()] == 500
            for segment, products in status.totals.segments.items():
                assert found["ploomes_sync_segment_products", (("segment", segment),)] == products
            fresh = (("quantile", "0.99"), ("strategy", "all"), ("window", "24h"))
            assert found["ploomes_sync_freshness_seconds", fresh] == status.freshness.p99
            assert found["ploomes_sync_runs_day", (("status", "succeeded"),)] == 2
            assert found["ploomes_sync_requests_day", ()] == status.run_totals.requests
            assert found["ploomes_sync_rows_total", (("outcome", "inserted"),)] >= 500

    asyncio.run(scenario())


def scraped(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_samples_become_the_lines_of_charts(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=500) as it, watched(it) as monitor:
            began = datetime.now(UTC) - timedelta(seconds=2)
            await it.sync()
            await monitor.sample()

            names = ["rows_per_second", "requests_per_second", "ploomes_latency_seconds", "products", "cpu"]
            found = await monitor.history(names, began, 3600)

            assert [line.name for line in found.series] == names
            assert {len(line.points) for line in found.series} <= {1, 2}
            rows, requests, latency, products, cpu = (line.points[-1].value for line in found.series)
            seconds = (datetime.now(UTC) - found.series[0].points[-1].at).total_seconds()
            assert rows is not None
            assert rows * seconds == pytest.approx(500, rel=0.05)
            assert requests
            assert latency
            assert products == 500
            assert cpu is not None
            everything = await monitor.history([], began, 3600)
            assert {line.name for line in everything.series} == SERIES.keys()

    asyncio.run(scenario())


def test_hours_are_added_up_before_their_samples_are_dropped(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=10) as it, watched(it) as monitor:
            noon = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=60)
            samples = [
                metrics.Sample(noon + timedelta(minutes=minute), {"rows": 60.0, "cpu": minute % 2})
                for minute in range(60)
            ]
            async with it.db.transaction() as conn:
                await metrics.write(conn, "one", samples)
                await metrics.write(conn, "two", samples)
                await metrics.write(conn, "two", samples)
                dropped = await metrics.forget(conn)
                assert await metrics.forget(conn) == 0

            found = await monitor.history(["rows_per_second", "cpu"], noon, 3600)

            assert dropped == 120
            assert [line.points[0].value for line in found.series] == [2.0, 0.5]
            assert all(point.value is None for line in found.series for point in line.points[1:])

    asyncio.run(scenario())


def test_the_change_since_yesterday_comes_from_the_samples(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it, watched(it) as monitor:
            await it.sync()
            figures = {"products": 290, "products.omie": 300}
            yesterday = metrics.Sample(datetime.now(UTC) - timedelta(hours=25), figures)
            async with it.db.transaction() as conn:
                await metrics.write(conn, "one", [yesterday])

            totals = (await monitor.status()).totals

            assert totals.change == 10
            assert totals.change_by_segment == {"omie": totals.segments["omie"] - 300}

    asyncio.run(scenario())


def test_many_who_ask_at_once_read_once(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=10) as it, watched(it) as monitor:
            answers = await asyncio.gather(*(monitor.status() for _ in range(50)))

            assert len({answer.read_at for answer in answers}) == 1

    asyncio.run(scenario())
