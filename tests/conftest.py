"""Databases for the tests: a real server a session, a database of its own for each test."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import psycopg
import pytest

from ploomes_sync import telemetry
from ploomes_sync.store.db import open_database
from ploomes_sync.store.migrate import migrate
from servers import Pooler, Server, scratch_folder, start_pgbouncer, start_postgres

telemetry.configure(json=False, level="critical")

KINDS = ("15", "17", "18", "pooler")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgres", default="15", help="servers to run the database tests on: 15,17,18,pooler or all"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that needs a database once on every server that was asked for."""
    if "database_kind" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--postgres")
        kinds = list(KINDS) if asked == "all" else asked.split(",")
        metafunc.parametrize("database_kind", kinds, scope="session", indirect=True)


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@dataclass
class Cluster:
    """A server, and the pooler before it if the kind asks for one; owns a migrated template database."""

    server: Server
    pooler: Pooler | None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def admin(self, statement: str) -> None:
        with psycopg.connect(self.server.dsn("postgres"), autocommit=True) as conn:
            conn.execute(statement.encode())

    def dsn(self, database: str) -> str:
        return (self.pooler or self.server).dsn(database, user="postgres")

    def create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        self.admin(f"create database {name} owner postgres template {template}")
        return name

    def drop(self, name: str) -> None:
        self.admin(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def cluster(database_kind: str) -> Iterator[Cluster]:
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        kind = "15" if database_kind == "pooler" else database_kind
        assert kind in {"15", "17", "18"}
        server = start_postgres(kind, folder, superuser="supabase_admin")  # type: ignore[arg-type]  # checked above
        stack.callback(server.stop)
        pooler = start_pgbouncer(server, folder) if database_kind == "pooler" else None
        if pooler is not None:
            stack.callback(pooler.stop)
        made = Cluster(server, pooler)
        made.admin("create database migrated owner postgres")
        migrate_now(server.dsn("migrated", user="postgres"))
        yield made


@pytest.fixture
def database_url(cluster: Cluster) -> Iterator[str]:
    """Give a fresh, migrated database, owned by `postgres`, who is no superuser."""
    name = cluster.create("migrated")
    yield cluster.dsn(name)
    cluster.drop(name)


@pytest.fixture
def empty_database_url(cluster: Cluster) -> Iterator[str]:
    """Give a database without a schema."""
    name = cluster.create("template0")
    yield cluster.dsn(name)
    cluster.drop(name)


def migrate_now(dsn: str) -> None:
    async def run() -> None:
        async with open_database(dsn) as db:
            await migrate(db)

    asyncio.run(run())
