from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from ploomes_sync.errors import MigrationError, SyncError
from ploomes_sync.store import migrate as module
from ploomes_sync.store.db import Database, open_database
from ploomes_sync.store.migrate import check_schema, migrate, migrations, pending

T = TypeVar("T")
ALL = list(migrations())
LEDGER = "select version, name from ploomes_sync.schema_migrations order by version"


def play(url: str, story: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_database(url) as db:
            return await story(db)

    return asyncio.run(run())


async def rows(db: Database, statement: str) -> list[tuple[object, ...]]:
    async with db.transaction() as conn:
        found = await (await conn.execute(statement.encode())).fetchall()
    return [tuple(row.values()) for row in found]


def test_an_empty_database_gets_every_migration_once(empty_database_url: str) -> None:
    async def story(db: Database) -> None:
        assert await migrate(db) == ALL
        assert await migrate(db) == []
        assert await rows(db, LEDGER) == [(one.version, one.name) for one in ALL]
        async with db.transaction() as conn:
            await check_schema(conn)

    play(empty_database_url, story)


def test_of_many_that_migrate_at_once_one_applies_and_the_others_wait(empty_database_url: str) -> None:
    async def story() -> list[int]:
        async with (
            open_database(empty_database_url) as one,
            open_database(empty_database_url) as two,
            open_database(empty_database_url) as three,
        ):
            applied = await asyncio.gather(*(migrate(db) for db in (one, two, three, one)))
            assert await rows(one, LEDGER) == [(found.version, found.name) for found in ALL]
            return sorted(len(found) for found in applied)

    assert asyncio.run(story()) == [0, 0, 0, len(ALL)]


def test_a_database_that_lacks_migrations_says_which_and_what_to_do(empty_database_url: str) -> None:
    async def story(db: Database) -> str:
        async with db.transaction() as conn:
            assert await pending(conn) == ALL
            with pytest.raises(MigrationError) as failed:
                await check_schema(conn)
        return str(failed.value)

    names = ", ".join(f"{one.version:04}_{one.name}" for one in ALL)
    assert play(empty_database_url, story) == (
        f"The database lacks the migrations {names}: run `ploomes-sync migrate`."
    )


def test_a_schema_of_a_newer_version_is_refused_and_left_alone(database_url: str) -> None:
    async def story(db: Database) -> None:
        async with db.transaction() as conn:
            await conn.execute(
                "insert into ploomes_sync.schema_migrations (version, name) values (9001, 'future')"
            )
        with pytest.raises(MigrationError, match=r"version 9001, .* install a newer"):
            await migrate(db)
        with pytest.raises(MigrationError, match="9001"):
            async with db.transaction() as conn:
                await check_schema(conn)

    play(database_url, story)


def test_a_migration_that_fails_leaves_nothing_behind(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(ALL[-1], version=ALL[-1].version + 1, name="broken", text="select 1 / 0")
    monkeypatch.setattr(module, "migrations", lambda: (*ALL, broken))

    async def story(db: Database) -> None:
        with pytest.raises(SyncError):
            await migrate(db)
        assert await rows(db, "select to_regclass('ploomes_sync.schema_migrations')::text") == [(None,)]
        assert await rows(db, "select to_regclass('public.products_enhanced')::text") == [(None,)]

    play(empty_database_url, story)


def test_every_migration_can_be_run_again_by_hand(database_url: str) -> None:
    async def story(db: Database) -> None:
        for one in ALL:
            async with db.transaction() as conn:
                await conn.execute(one.text)
        assert await rows(db, LEDGER) == [(one.version, one.name) for one in ALL]

    play(database_url, story)


OWN = (
    "select c.oid, c.relkind, c.relrowsecurity, c.reloptions from pg_catalog.pg_class c "
    "where c.relnamespace in ('public'::regnamespace, 'ploomes_sync'::regnamespace)"
)
CATALOGUE = {
    "tables without row-level security": """
        select c.oid::regclass::text from own c where c.relkind in ('r', 'p') and not c.relrowsecurity""",
    "views with the rights of their owner": """
        select c.oid::regclass::text from own c
        where c.relkind = 'v' and not coalesce(c.reloptions @> '{security_invoker=true}', false)""",
    "foreign keys without an index": """
        select k.conname from pg_catalog.pg_constraint k join own c on c.oid = k.conrelid
        where k.contype = 'f' and not exists (
          select from pg_catalog.pg_index i where i.indrelid = k.conrelid and i.indkey[0] = k.conkey[1])""",
    "functions that depend on the search path": """
        select p.oid::regprocedure::text from pg_catalog.pg_proc p
        where p.pronamespace in ('public'::regnamespace, 'ploomes_sync'::regnamespace)
          and not coalesce(p.proconfig::text like '%search_path=%', false)""",
}


@pytest.mark.parametrize("question", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_the_schema_has_none_of(database_url: str, question: str) -> None:
    assert play(database_url, lambda db: rows(db, f"with own as ({OWN}) {question}")) == []
