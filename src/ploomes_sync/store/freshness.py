"""Counts how late changes were committed; nothing is written when nothing changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ploomes_sync.domain.freshness import Bucket, Moved
from ploomes_sync.store.db import Connection
from ploomes_sync.store.statements import statements

_sql = statements("freshness")


async def note(conn: Connection, run_id: UUID, moved: Sequence[Moved]) -> None:
    """Count these changes in the transaction that writes them.

    The rows of the current minute are shared by all writers: do it after everything that locks products.
    """
    if moved:
        values = {
            "run_id": run_id,
            "dates": [change.date for change in moved],
            "known": [change.known for change in moved],
        }
        await conn.execute(_sql["note"], values)


async def buckets(conn: Connection, since: datetime) -> list[Bucket]:
    """Return the delays of the changes since then."""
    rows = await (await conn.execute(_sql["buckets"], {"since": since})).fetchall()
    return [Bucket(**row) for row in rows]


async def forget(conn: Connection, days: int) -> int:
    """Drop what is older; returns how many counts were dropped."""
    return (await conn.execute(_sql["forget"], {"days": days})).rowcount
