"""The schema is changed while the service goes on beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import pytest

from ploomes_sync.errors import StoreDownError
from ploomes_sync.store import migrate as module
from ploomes_sync.store.db import Connection, Database, open_database
from ploomes_sync.store.migrate import lost, migrate, pending, repair, take_tables

FIRST, LATER = "public.products_enhanced", "ploomes_sync.runs"
WAITED_FOR = "select exists (select from pg_catalog.pg_locks l where l.relation = %s::regclass and not l.granted)"
TAKEN = """
    select l.relation::regclass::text as name from pg_catalog.pg_locks l
    where l.pid = pg_backend_pid() and l.mode = 'AccessExclusiveLock' and l.locktype = 'relation'"""


async def read(conn: Connection, table: str) -> None:
    await conn.execute(f"select from {table}".encode())


async def waited_for(conn: Connection, table: str) -> bool:
    row = await (await conn.execute(WAITED_FOR.encode(), [table])).fetchone()
    return bool(row and row["exists"])


async def lose_a_table(db: Database) -> None:
    async with db.transaction() as conn:
        await conn.execute("drop table ploomes_sync.procrastinate_events cascade")


async def forget_migrations(db: Database) -> None:
    async with db.transaction() as conn:
        await conn.execute("delete from ploomes_sync.schema_migrations")


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(2000):
        if await holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


@pytest.mark.parametrize(
    ("break_it", "mend"), [(lose_a_table, repair), (forget_migrations, migrate)], ids=["repair", "migrate"]
)
def test_a_reader_and_a_change_that_want_each_others_tables_both_come_through(
    database_url: str,
    break_it: Callable[[Database], Awaitable[None]],
    mend: Callable[[Database], Coroutine[None, None, list[object]]],
) -> None:
    async def scenario() -> None:
        async with open_database(database_url) as service, open_database(database_url) as owner:
            await break_it(owner)
            async with service.transaction() as conn:
                await read(conn, LATER)
                changing = asyncio.create_task(mend(owner))
                await eventually(lambda: waited_for(conn, LATER))
                await read(conn, FIRST)
            assert await changing != []
            async with owner.transaction() as conn:
                assert (await lost(conn), await pending(conn)) == ([], [])

    asyncio.run(scenario())


def test_a_change_gives_up_when_the_tables_are_never_free(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)

    async def scenario() -> None:
        async with open_database(database_url) as service, open_database(database_url) as owner:
            await lose_a_table(owner)
            async with service.transaction() as conn:
                await read(conn, LATER)
                with pytest.raises(StoreDownError, match="in use for 0 s: try again"):
                    await repair(owner)

    asyncio.run(scenario())


def test_a_change_takes_everything_that_migrations_make(database_url: str) -> None:
    async def scenario() -> tuple[set[str], set[str]]:
        async with open_database(database_url) as db, db.transaction() as conn:
            await take_tables(conn)
            taken = {row["name"] for row in await (await conn.execute(TAKEN.encode())).fetchall()}
            return set(module.made()), taken

    made, taken = asyncio.run(scenario())
    assert made - taken == set()
