"""Chooses who sees the catalogue through Supabase's Data API, and whether Realtime tells of its changes.

Grants and policies themselves are stated by the migrations; only who owns the tables may change them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ploomes_sync.errors import StoreError
from ploomes_sync.store.db import Connection, Database
from ploomes_sync.store.migrate import hold, reload_api
from ploomes_sync.store.statements import statements

_sql = statements("access")
Audience = Literal["none", "authenticated", "anon"]


@dataclass(frozen=True, slots=True)
class Access:
    """Who reads the catalogue: nobody, signed-in users, or everybody.

    `writer` when the server knows the role catalog_sync, as which the service may run.
    """

    exposed_to: Audience
    changed_at: datetime
    writer: bool


@dataclass(frozen=True, slots=True)
class Publication:
    """What Realtime is told of: each table of the catalogue and whether it is published."""

    present: bool
    tables: dict[str, bool]


async def access(conn: Connection) -> Access:
    """Tell who sees the catalogue."""
    row = await (await conn.execute(_sql["access"])).fetchone()
    if row is None:
        raise StoreError("ploomes_sync.access is empty: run `ploomes-sync migrate --repair`.")
    return Access(row["exposed_to"], row["changed_at"], row["writer"])


async def expose(db: Database, to: Audience) -> Access:
    """Let these and no others read the catalogue, now and after every later migration; safe to repeat.

    Raises StoreError when the server has no such role, or when the tables belong to somebody else.
    """
    async with db.transaction() as conn:
        await hold(conn)
        row = await (await conn.execute(_sql["access"])).fetchone()
        if row is not None and to in row["unknown"]:
            raise StoreError(f"The server has no role {to}: only a Supabase project has a Data API to expose to.")
        await conn.execute(_sql["choose"], {"to": to})
        await conn.execute(_sql["apply"])
        await reload_api(conn)
        return await access(conn)


async def publication(conn: Connection) -> Publication:
    """Tell which tables of the catalogue Realtime is told of."""
    row = await (await conn.execute(_sql["publication"])).fetchone()
    tables = await (await conn.execute(_sql["published"])).fetchall()
    present = row is not None and bool(row["present"])
    return Publication(present, {table["name"]: table["published"] for table in tables})


async def publish(db: Database, *, wanted: bool) -> Publication:
    """Put the catalogue's tables into the publication of Realtime, or take them out; safe to repeat.

    Raises StoreError when there is no such publication, or when it publishes every table there is.
    """
    async with db.transaction() as conn:
        row = await (await conn.execute(_sql["publication"])).fetchone()
        if row is None or not row["present"]:
            raise StoreError(
                "There is no publication supabase_realtime: this is no Supabase project, nobody would listen."
            )
        if row["whole"]:
            raise StoreError(
                "The publication supabase_realtime holds all tables of the database, these among them: "
                "to choose, drop it and make it anew without `for all tables`."
            )
        await conn.execute(_sql["publish" if wanted else "withdraw"])
        return await publication(conn)
