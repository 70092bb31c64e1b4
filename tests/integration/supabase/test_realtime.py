"""What Realtime is told: every change of the catalogue, and nothing when nothing has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from harness import world
from ploomes_sync.domain.run import Strategy
from ploomes_sync.errors import StoreError
from ploomes_sync.store.access import Publication, publication, publish
from ploomes_sync.store.db import open_database
from servers import Cluster

TABLES = ("products_enhanced", "service_specifications", "rental_specifications", "product_variants")


@dataclass(frozen=True)
class Listener:
    """A logical slot: it sees what Realtime would see, and how much was written at all."""

    conn: psycopg.Connection[Any]

    def changes(self) -> list[str]:
        """Return the changes of published tables since the last call."""
        rows = self.conn.execute("select data from pg_logical_slot_get_changes('listener', null, null)").fetchall()
        return [data for (data,) in rows if data.startswith(tuple(f"table public.{name}:" for name in TABLES))]

    def written(self) -> int:
        """Return how many bytes the write-ahead log has grown to."""
        row = self.conn.execute("select pg_current_wal_lsn() - '0/0'").fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def listening(dsn: str) -> Iterator[Listener]:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("select pg_create_logical_replication_slot('listener', 'test_decoding')")
        try:
            yield Listener(conn)
        finally:
            conn.execute("select pg_drop_replication_slot('listener')")


@pytest.fixture
def dsn(supabase: Cluster) -> Iterator[str]:
    name = supabase.create("migrated")
    yield supabase.server.dsn(name, user="postgres")
    supabase.drop(name)


def test_a_sync_of_unchanged_products_says_nothing_and_a_deleted_one_arrives_as_an_update(dsn: str) -> None:
    async def story() -> None:
        async with world(dsn, products=1000) as it:
            with listening(dsn) as listener:
                start = listener.written()
                await it.sync(strategy=Strategy.BATCH)
                first = listener.written() - start
                assert len(listener.changes()) >= 1000

                start = listener.written()
                await it.sync(strategy=Strategy.BATCH)
                assert listener.changes() == []
                assert listener.written() - start < 0.01 * first

                gone = it.ids()[0]
                it.simulator.delete_product(gone)
                await it.sync(strategy=Strategy.BATCH)
                (tombstone,) = listener.changes()
                assert tombstone.startswith("table public.products_enhanced: UPDATE:")
                assert f"ploomes_product_id[text]:'{gone}'" in tombstone
                assert "deleted_at[timestamp with time zone]:'20" in tombstone

    asyncio.run(story())


def asked(dsn: str, *wanted: bool) -> Publication:
    async def story() -> Publication:
        async with open_database(dsn) as db:
            for one in wanted:
                await publish(db, wanted=one)
            async with db.transaction() as conn:
                return await publication(conn)

    return asyncio.run(story())


def test_the_tables_are_published_on_demand_and_only_those_of_the_catalogue(dsn: str) -> None:
    with psycopg.connect(dsn) as conn:
        conn.execute("create table public.mine (id int primary key)")
        conn.execute("alter publication supabase_realtime add table public.mine")

    assert asked(dsn) == Publication(present=True, tables=dict.fromkeys(TABLES, False))
    assert asked(dsn, True, True) == Publication(present=True, tables=dict.fromkeys(TABLES, True))
    assert asked(dsn, False, False) == Publication(present=True, tables=dict.fromkeys(TABLES, False))
    with psycopg.connect(dsn) as conn:
        assert conn.execute("select tablename from pg_publication_tables").fetchall() == [("mine",)]


def test_where_nothing_listens_there_is_nothing_to_enable(dsn: str) -> None:
    with psycopg.connect(dsn) as conn:
        conn.execute("drop publication supabase_realtime")

    with pytest.raises(StoreError, match="no publication supabase_realtime: this is no Supabase project"):
        asked(dsn, True)


def test_a_publication_of_everything_cannot_be_chosen_from(dsn: str, supabase: Cluster) -> None:
    with psycopg.connect(dsn) as conn:
        conn.execute("drop publication supabase_realtime")
    supabase.admin("create publication supabase_realtime for all tables", dsn.rpartition("/")[2])

    assert asked(dsn).tables == dict.fromkeys(TABLES, True)
    with pytest.raises(StoreError, match="holds all tables"):
        asked(dsn, False)
