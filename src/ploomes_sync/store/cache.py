"""The answers that processes share, and the record of changes that tells a cache what to forget."""

from __future__ import annotations

from dataclasses import dataclass

from ploomes_sync.store.db import Connection
from ploomes_sync.store.statements import statements

_sql = statements("cache")
RETENTION_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Shared:
    """What `api_cache` holds under a key: JSON text, and its age in seconds; `snapshot` is the reader's own."""

    snapshot: str
    data: str | None
    age: float


@dataclass(frozen=True, slots=True)
class Changes:
    """What was committed since the last look; `names` are ids and folded codes, None means any product.

    No change at all is an empty set. `snapshot` and `at` (the database's time) are what the next look starts from.
    """

    snapshot: str
    at: float
    names: frozenset[str] | None


async def shared(conn: Connection, key: str) -> Shared:
    """Return the shared answer of a key, if one still holds, before anything else is read in the transaction."""
    (row,) = await (await conn.execute(_sql["cached"], {"key": key})).fetchall()
    return Shared(row["snapshot"], row["data"], max(0.0, row["age"] or 0.0))


async def share(conn: Connection, key: str, data: bytes, snapshot: str, seconds: float) -> None:
    """Let other processes have an answer for so many seconds; `snapshot` is that from before it was computed."""
    values = {"key": key, "data": data.decode(), "snapshot": snapshot, "seconds": seconds}
    await conn.execute(_sql["share"], values)


async def changes(conn: Connection, last: Changes | None) -> Changes:
    """Return what was committed since an earlier look, whatever the order of commits; the first finds nothing."""
    values = {
        "since": last and last.snapshot,
        "at": last and last.at,
        "longest": RETENTION_SECONDS / 2,
    }
    rows = await (await conn.execute(_sql["changes"], values)).fetchall()
    named = [row["names"] for row in rows if row["changed"]]
    every = rows[0]["lost"] or None in named
    names = None if every else frozenset(name for names in named for name in names)
    return Changes(rows[0]["snapshot"], rows[0]["at"], names)


async def purge_expired(conn: Connection) -> int:
    """Delete shared answers whose time is over; returns how many."""
    return (await conn.execute(_sql["purge_expired"])).rowcount


async def forget_changes(conn: Connection, seconds: float = RETENTION_SECONDS) -> int:
    """Delete the record of changes older than `seconds`; returns how many rows."""
    return (await conn.execute(_sql["forget_changes"], {"seconds": seconds})).rowcount
