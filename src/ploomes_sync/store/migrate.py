"""Brings a database to this version's schema; safe to repeat and to run from several processes at once."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.metadata import distribution
from pathlib import Path
from typing import LiteralString, TypeVar

from psycopg import errors

from ploomes_sync.errors import MigrationError, StoreDownError
from ploomes_sync.store.db import Connection, Database
from ploomes_sync.store.statements import statements
from ploomes_sync.telemetry import Log

log = Log("product-sync:store")
T = TypeVar("T")

PATIENCE_SECONDS = 60.0
"""How long to look for a moment in which nobody uses the tables."""
_BUSY = (errors.QueryCanceled, errors.LockNotAvailable, errors.DeadlockDetected)
_sql = statements("migrate")
_MADE = re.compile(r"^create (?:table if not exists|or replace view) (\w+\.\w+)", re.MULTILINE)
_FILE = re.compile(r"^(\d{4})_(\w+)\.sql$")
_INCLUDE = re.compile(r"^-- include: procrastinate schema\.sql$", re.MULTILINE)
_INCLUDED = re.compile(r"^CREATE TABLE (procrastinate_\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of `store/migrations`, whole; it records itself in the ledger as its last statement."""

    version: int
    name: str
    text: LiteralString


@cache
def migrations() -> tuple[Migration, ...]:
    """Return all migrations of this version, oldest first."""
    folder = resources.files("ploomes_sync.store").joinpath("migrations")
    found = []
    for file in folder.iterdir():
        if match := _FILE.match(file.name):
            text = composed(file.read_text(encoding="utf-8"))
            found.append(Migration(int(match[1]), match[2], text))
    return tuple(sorted(found, key=lambda migration: migration.version))


def composed(text: str) -> LiteralString:
    """Return a migration with the job engine's tables put where it asks for them, from the installed package."""
    # Read from our own package and a pinned one, never from input: as safe as a literal.
    return _INCLUDE.sub(lambda _: _job_schema(), text)


def _job_schema() -> str:
    # Found through its metadata: importing the package would cost every command a quarter of a second.
    schema = distribution("procrastinate").locate_file("procrastinate/sql/schema.sql")
    return Path(str(schema)).read_text(encoding="utf-8")


async def migrate(db: Database) -> list[Migration]:
    """Apply what is missing, all of it or nothing; returns what was applied.

    Raises MigrationError when the database was made by a newer version, StoreDownError when the tables are in use
    without a pause.
    """
    return await in_a_pause(db, _apply)


async def _apply(conn: Connection) -> list[Migration]:
    missing = await pending(conn)
    if missing:
        await take_tables(conn)
        for migration in missing:
            await conn.execute(migration.text)
        await reload_api(conn)
    return missing


async def in_a_pause(db: Database, change: Callable[[Connection], Awaitable[T]]) -> T:
    """Change the schema in one transaction, anew as long as others use the tables that it takes.

    Raises StoreDownError when that goes on for longer than `PATIENCE_SECONDS`.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            async with db.transaction() as conn:
                await hold(conn)
                return await change(conn)
        except StoreDownError as error:
            if not isinstance(error.__cause__, _BUSY):
                raise
            if time.monotonic() > deadline:
                raise StoreDownError(
                    f"The tables were in use for {PATIENCE_SECONDS:.0f} s: try again when less is going on."
                ) from error
            log.info("schema.in_use", error=str(error))
        await asyncio.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - no secret, only out of step with the others


async def take_tables(conn: Connection) -> None:
    """Have all tables to itself until the transaction ends, or give up soon: who works beside us goes first."""
    await conn.execute(_sql["be_brief"])
    await conn.execute(_sql["take_tables"])
    await conn.execute(_sql["take_time"])


async def hold(conn: Connection) -> None:
    """Let one process at a time change the schema; held to the end of the transaction."""
    await conn.execute(_sql["lock"])


async def reload_api(conn: Connection) -> None:
    """Let Supabase's Data API look at the schema anew; where there is none, nobody hears it."""
    await conn.execute(_sql["reload_api"])


def made() -> list[str]:
    """Name the tables and views that migrations make."""
    text = "".join(migration.text for migration in migrations())
    return sorted({*_MADE.findall(text), *(f"ploomes_sync.{name}" for name in _INCLUDED.findall(text))})


async def lost(conn: Connection) -> list[str]:
    """Name the tables and views that somebody has dropped although their migration was applied."""
    rows = await (await conn.execute(_sql["lost"], {"names": made()})).fetchall()
    return [row["name"] for row in rows]


async def repair(db: Database) -> list[str]:
    """Make lost tables anew, empty, and see to it that the next sync fills them; returns what was lost.

    When a table of the catalogue is gone, all of them are made anew: they can be read again from Ploomes.
    """
    return await in_a_pause(db, _make_anew)


async def _make_anew(conn: Connection) -> list[str]:
    gone = await lost(conn)
    if gone:
        await take_tables(conn)
        if any(name.startswith("public.") for name in gone):
            await conn.execute(_sql["drop_catalogue"])
        for migration in migrations():
            await conn.execute(migration.text)
        for statement in ("forget_products", "end_open_runs", "forget_coverage"):
            await conn.execute(_sql[statement])
    return gone


async def pending(conn: Connection) -> list[Migration]:
    """Return what this database lacks; raises MigrationError when it is ahead of this version."""
    applied = await _applied(conn)
    known = {migration.version for migration in migrations()}
    if unknown := applied - known:
        raise MigrationError(
            f"The database is at schema version {max(unknown)}, this program knows {max(known)}: "
            "install a newer ploomes-sync."
        )
    return [migration for migration in migrations() if migration.version not in applied]


async def check_schema(conn: Connection) -> None:
    """Raise MigrationError unless the schema is this version's."""
    if missing := await pending(conn):
        names = ", ".join(f"{m.version:04}_{m.name}" for m in missing)
        raise MigrationError(f"The database lacks the migrations {names}: run `ploomes-sync migrate`.")


async def _applied(conn: Connection) -> set[int]:
    row = await (await conn.execute(_sql["ledger_exists"])).fetchone()
    if row is None or not row["present"]:
        return set()
    rows = await (await conn.execute(_sql["applied"])).fetchall()
    return {row["version"] for row in rows}
