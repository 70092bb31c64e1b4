"""That a session which a pooler shares keeps nothing of ours, and that the look at it would see what it kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import psycopg
import pytest

from harness import world
from ploomes_sync.domain.run import RunStatus
from servers import Cluster


@pytest.fixture
def pooled(clusters: Callable[[str], Cluster]) -> Iterator[tuple[Cluster, str]]:
    cluster = clusters("supabase-pooler")
    name = cluster.create("migrated")
    yield cluster, name
    cluster.drop(name)


def test_a_sync_leaves_nothing_in_the_sessions_it_shares(pooled: tuple[Cluster, str]) -> None:
    cluster, name = pooled

    async def story() -> None:
        async with world(cluster.dsn(name), products=700) as it:
            assert (await it.sync()).status is RunStatus.SUCCEEDED
            it.simulator.edit_product(it.ids()[0], {"Name": "anders"})
            assert (await it.sync()).outcome.updated == 1
            await it.assert_equal()

    asyncio.run(story())

    assert cluster.leftovers(name) == []


STATES = {
    "a setting: statement_timeout = 77": "set statement_timeout = 77",
    "a setting: search_path = x": "set search_path = x",
    "a prepared statement: p": "prepare p as select 1",
    "an advisory lock: 5": "select pg_advisory_lock(5)",
    "a temporary table: t": "create temporary table t (id int)",
    "a cursor: c": "declare c cursor with hold for select 1",
    "a role: anon": "set role anon",
}


@pytest.mark.parametrize(("left", "statement"), STATES.items())
def test_what_a_session_keeps_is_seen(pooled: tuple[Cluster, str], left: str, statement: str) -> None:
    cluster, name = pooled
    with psycopg.connect(cluster.dsn(name), prepare_threshold=None) as conn:
        conn.execute(statement.encode())

    assert cluster.leftovers(name) == [left]
