"""Reads the history of runs; nothing here writes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from ploomes_sync.domain.history import LogQuery, MissingProduct, Place, RunEvent
from ploomes_sync.domain.run import Run
from ploomes_sync.store import runs
from ploomes_sync.store.db import Connection
from ploomes_sync.store.statements import statements

_sql = statements("history")


async def recent(conn: Connection, query: LogQuery) -> tuple[list[Run], str | None]:
    """Return the runs that fit, newest first, and where the next page begins, if there is one."""
    place = query.place()
    values: dict[str, Any] = {
        "since": query.since,
        "until": query.until,
        "strategy": query.strategy,
        "status": query.status,
        "category": None if query.category is None else _storable(query.category),
        "error_class": query.error_class,
        "text": _storable(query.text.strip()),
        "after_at": place.created_at if place else None,
        "after_id": place.run_id if place else None,
        "limit": query.limit + 1,
    }
    rows = await (await conn.execute(_sql["recent"], values)).fetchall()
    found = [runs.from_row(row) for row in rows[: query.limit]]
    if len(rows) <= query.limit:
        return found, None
    return found, msgspec.json.encode(Place(found[-1].created_at, found[-1].id)).decode()


async def events(conn: Connection, run_id: UUID, after: int = 0, limit: int = 200) -> list[RunEvent]:
    """Return what happened in a run after the event `after`, oldest first."""
    values = {"run_id": run_id, "after": after, "limit": limit}
    rows = await (await conn.execute(_sql["events"], values)).fetchall()
    return [RunEvent(id=row["id"], at=row["at"], event=row["event"], detail=row["detail"]) for row in rows]


async def missing(conn: Connection, run_id: UUID, after: int = 0, limit: int = 1000) -> list[MissingProduct]:
    """Return what a held deletion would remove, by rising id above `after`."""
    values = {"run_id": run_id, "after": after, "limit": limit}
    rows = await (await conn.execute(_sql["missing"], values)).fetchall()
    return [MissingProduct(**row) for row in rows]


def _storable(text: str) -> str:
    """Leave out what PostgreSQL takes in no text: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()
