"""After an uninstall nothing of ours is left, and nothing of others is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import psycopg
import pytest

from integration.store.catalogue import store
from integration.supabase.dumps import schema
from ploomes_sync.errors import StoreError
from ploomes_sync.store.access import access, expose, publish
from ploomes_sync.store.db import Database, open_database
from ploomes_sync.store.migrate import migrate, migrations
from ploomes_sync.store.uninstall import uninstall
from servers import Cluster, open_cluster

BEFORE = """
create extension pg_trgm with schema extensions;
create extension unaccent with schema extensions;
create table public.mine (id int primary key);
alter publication supabase_realtime add table public.mine;
"""
ROLE = "select count(*) from pg_roles where rolname = 'catalog_sync'"


@pytest.fixture(scope="module")
def fresh() -> Iterator[Cluster]:
    """A server on which nothing of ours has ever been."""
    with open_cluster("supabase") as cluster:
        yield cluster


def run(dsn: str, *steps: Callable[[Database], Awaitable[object]]) -> list[object]:
    async def story() -> list[object]:
        async with open_database(dsn) as db:
            return [await step(db) for step in steps]

    return asyncio.run(story())


def test_an_uninstalled_database_is_as_it_was_and_can_be_installed_again(fresh: Cluster) -> None:
    name = fresh.create("empty")
    dsn = fresh.server.dsn(name, user="postgres")
    with psycopg.connect(dsn) as conn:
        conn.execute(BEFORE)
    before = schema(fresh, name)
    run(dsn, migrate, lambda db: expose(db, "anon"), lambda db: publish(db, wanted=True))
    store(dsn, {"name": "Filtro"})

    assert run(dsn, uninstall) == [False], "no other database holds the role"
    assert schema(fresh, name) == before
    with psycopg.connect(dsn) as conn:
        assert conn.execute(ROLE).fetchone() == (0,)
    assert run(dsn, migrate, migrate, uninstall, uninstall) == [list(migrations()), [], False, False]


def test_who_may_make_no_roles_has_a_catalogue_without_the_writer(fresh: Cluster) -> None:
    fresh.admin("create role modest login")
    fresh.admin("create database modest owner modest template template0")
    dsn = fresh.server.dsn("modest", user="modest")

    async def writer(db: Database) -> bool:
        async with db.transaction() as conn:
            return (await access(conn)).writer

    assert run(dsn, migrate, writer, uninstall)[1:] == [False, False]
    fresh.admin("create role catalog_sync")
    assert run(dsn, migrate, writer, uninstall)[1:] == [True, True]
    fresh.drop("modest")
    fresh.admin("drop role modest, catalog_sync")


def test_the_role_stays_where_another_database_needs_it(supabase: Cluster) -> None:
    names = [supabase.create("migrated") for _ in range(2)]

    assert run(supabase.dsn(names[0]), uninstall) == [True]
    with psycopg.connect(supabase.dsn(names[1])) as conn:
        assert conn.execute(ROLE).fetchone() == (1,)
    for name in names:
        supabase.drop(name)


def test_what_somebody_has_built_on_the_catalogue_stops_the_uninstall(clusters: Callable[[str], Cluster]) -> None:
    cluster = clusters("15")
    name = cluster.create("migrated")
    with psycopg.connect(cluster.dsn(name)) as conn:
        conn.execute("create view public.my_prices as select name, base_price from public.products_enhanced")

    with pytest.raises(StoreError, match=r"cannot drop table public\.products_enhanced because"):
        run(cluster.dsn(name), uninstall)
    with psycopg.connect(cluster.dsn(name)) as conn:
        conn.execute("select from public.my_prices, ploomes_sync.runs")
    cluster.drop(name)
