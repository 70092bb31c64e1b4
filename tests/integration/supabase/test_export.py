"""Two roads to the same schema: our own `migrate`, and `supabase db push` of the exported files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from integration.supabase.cli import supabase
from integration.supabase.dumps import schema
from ploomes_sync.store.db import open_database
from ploomes_sync.store.export import export
from ploomes_sync.store.migrate import Migration, migrate, migrations
from ploomes_sync.store.statements import statements
from servers import Cluster
from servers.scratch import wait_until

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    export(tmp_path / "supabase" / "migrations", NOON)
    return tmp_path


def apply(dsn: str) -> list[Migration]:
    async def run() -> list[Migration]:
        async with open_database(dsn) as db:
            return await migrate(db)

    return asyncio.run(run())


def push(project: Path, dsn: str) -> None:
    supabase(project, dsn, "db", "push", "--yes")


def test_both_roads_lead_to_the_same_schema_in_either_order_and_at_once(
    clusters: Callable[[str], Cluster], project: Path
) -> None:
    cluster = clusters("supabase")  # of this version there is a pg_dump
    cluster.need("migrated")
    names = [cluster.create("empty") for _ in range(3)]
    pushed, migrated, both = (cluster.dsn(name) for name in names)
    push(project, pushed)
    assert apply(pushed) == []
    assert apply(migrated) == list(migrations())
    push(project, migrated)
    with ThreadPoolExecutor() as threads, psycopg.connect(both) as first:
        first.execute(statements("migrate")["lock"])
        roads: list[Future[object]] = [threads.submit(push, project, both), threads.submit(apply, both)]
        wait_until(lambda: waiting(both) == 2, "both roads to wait for the lock")
        first.commit()
        for road in roads:
            road.result()

    expected = schema(cluster, "migrated")
    assert expected.count("CREATE TABLE") > 10
    for name in names:
        assert schema(cluster, name) == expected
        cluster.drop(name)


def waiting(dsn: str) -> int:
    with psycopg.connect(dsn) as conn:
        row = conn.execute(
            "select count(*) from pg_locks l join pg_database d on d.oid = l.database "
            "where l.locktype = 'advisory' and not l.granted and d.datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_second_export_adds_what_is_missing_behind_all_that_is_there(tmp_path: Path) -> None:
    first = export(tmp_path, NOON)
    assert [path.name[15:] for path in first] == [
        f"ploomes_sync_{one.version:04}_{one.name}.sql" for one in migrations()
    ]
    assert export(tmp_path, NOON + timedelta(days=1)) == []

    first[-1].unlink()
    later = NOON + timedelta(days=400)
    (tmp_path / f"{later:%Y%m%d%H%M%S}_of_the_users_own.sql").touch()
    (tmp_path / "0001_counted.sql").touch()
    (again,) = export(tmp_path, NOON + timedelta(days=1))

    assert again.name == f"{later + timedelta(seconds=1):%Y%m%d%H%M%S}_{first[-1].name[15:]}"


def test_time_stamps_are_fresh_and_in_the_order_of_the_migrations(project: Path) -> None:
    stamps = [
        path.name[:14] for path in sorted(project.rglob("*_ploomes_sync_*.sql"), key=lambda path: path.name[15:])
    ]

    assert stamps[0] == "20260131120000"
    assert stamps == sorted(set(stamps))


def test_a_file_holds_the_whole_migration_with_what_other_packages_bring(project: Path) -> None:
    texts = "".join(path.read_text() for path in project.rglob("*.sql"))

    assert "-- include:" not in texts
    assert "CREATE TABLE procrastinate_jobs" in texts
