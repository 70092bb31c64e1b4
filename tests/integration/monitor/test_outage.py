"""PostgreSQL away: whoever asks is told at once how old the snapshot is, and the history gets no hole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import psycopg

from ploomes_sync.config import read_settings
from ploomes_sync.domain.status import SystemStatus
from ploomes_sync.service.monitor import Monitor, open_monitor
from ploomes_sync.store.db import Database, open_database
from servers import Server

AT_MOST = 2.0


@asynccontextmanager
async def watched(server: Server, interval: float = 0) -> AsyncIterator[tuple[Database, Monitor]]:
    settings = read_settings(_env_file=None, METRICS_INTERVAL_SECONDS=interval)
    async with (
        open_database(server.dsn("mirror"), connect_timeout=5) as db,
        open_monitor(db, settings, role="serve") as monitor,
    ):
        yield db, monitor


async def asked(monitor: Monitor) -> SystemStatus:
    began = time.monotonic()
    status = await monitor.status()
    assert time.monotonic() - began < AT_MOST
    return status


async def until_back(monitor: Monitor) -> None:
    deadline = time.monotonic() + 20
    while (await asked(monitor)).stale:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


async def count_samples(db: Database) -> int:
    async with db.transaction() as conn:
        row = await (await conn.execute("select count(*) from ploomes_sync.metric_samples")).fetchone()
    return int(row["count"]) if row else 0


def test_while_postgres_is_away_the_last_snapshot_is_told_with_its_age(own_server: Server) -> None:
    async def scenario() -> None:
        async with watched(own_server) as (_, monitor):
            before = await asked(monitor)
            own_server.stop()
            await asyncio.sleep(1)

            status = await asked(monitor)
            health = await monitor.health()
            text = monitor.exposition().decode()

            assert (before.stale, status.stale, status.database.ok) == (False, True, False)
            assert status.schema_version == before.schema_version
            assert status.age_seconds is not None
            assert status.age_seconds >= 1
            postgres = health.parts[0]
            assert (postgres.name, postgres.ok) == ("postgres", False)
            assert "s old" in postgres.reason
            assert "ploomes_sync_snapshot_stale 1.0" in text
            own_server.start()
            await until_back(monitor)

    asyncio.run(scenario())


def test_a_statement_that_hangs_makes_nobody_wait(own_server: Server) -> None:
    async def scenario() -> None:
        async with watched(own_server) as (_, monitor):
            await asked(monitor)
            await asyncio.sleep(1)
            with psycopg.connect(own_server.dsn("mirror")) as conn:
                conn.execute("lock table ploomes_sync.quarantine in access exclusive mode")
                answers = await asyncio.gather(*(asked(monitor) for _ in range(20)))

            assert {answer.stale for answer in answers} == {True}
            await until_back(monitor)

    asyncio.run(scenario())


def test_what_was_measured_meanwhile_is_written_when_postgres_is_back(own_server: Server) -> None:
    async def scenario() -> None:
        async with watched(own_server) as (db, monitor):
            await monitor.sample()
            own_server.stop()
            await asyncio.sleep(1)
            for _ in range(3):
                await monitor.sample()
            own_server.start()
            await until_back(monitor)

            await monitor.sample()

            assert await count_samples(db) == 5

    asyncio.run(scenario())


def test_a_process_samples_by_itself_and_goes_on_after_an_outage(own_server: Server) -> None:
    async def scenario() -> None:
        async with watched(own_server, interval=0.2) as (db, monitor):
            await wait_for_samples(db, 2)
            own_server.stop()
            await asyncio.sleep(0.6)
            own_server.start()
            await until_back(monitor)
            seen = await count_samples(db)

            await wait_for_samples(db, seen + 2)

            names = ["loop_lag_seconds", "transactions_per_second"]
            lines = (await monitor.history(names, datetime.fromtimestamp(time.time() - 60, UTC), 10)).series
            assert all(any(point.value is not None for point in line.points) for line in lines)

    asyncio.run(scenario())


async def wait_for_samples(db: Database, wanted: int) -> None:
    deadline = time.monotonic() + 20
    while await count_samples(db) < wanted:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
