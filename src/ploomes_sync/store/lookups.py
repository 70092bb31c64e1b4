"""Keeps the account's small tables, so that stored payloads can be read again without Ploomes."""

from __future__ import annotations

import msgspec

from ploomes_sync.domain.lookups import Lookups
from ploomes_sync.store.db import Connection
from ploomes_sync.store.statements import statements

_sql = statements("lookups")


async def save(conn: Connection, lookups: Lookups) -> None:
    """Store the tables if they changed, and that they have just been read."""
    document = msgspec.to_builtins(lookups, str_keys=True)
    await conn.execute(_sql["save"], {"tables": msgspec.json.encode(document, order="sorted").decode()})
    await conn.execute(_sql["mark_read"])


async def age(conn: Connection) -> float | None:
    """Return how many seconds ago the tables were read; None before the first time."""
    row = await (await conn.execute(_sql["age"])).fetchone()
    return row["seconds"] if row else None


async def load(conn: Connection) -> Lookups:
    """Return the tables of the last sync; empty ones before the first."""
    row = await (await conn.execute(_sql["load"])).fetchone()
    return msgspec.json.decode(row["tables"], type=Lookups) if row else Lookups()
