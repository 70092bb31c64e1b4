"""Reads the history of products; what changes a product writes it, in `products`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from ploomes_sync.domain.changes import ChangeKind, ChangePage, ChangeQuery, Place, ProductChange, page
from ploomes_sync.store.db import Connection, Row
from ploomes_sync.store.statements import statements

_sql = statements("changes")
_changes = msgspec.json.Decoder(dict[str, tuple[Any, Any]], float_hook=Decimal)
_LAST = (1 << 63) - 1


async def of_product(conn: Connection, ploomes_id: int, limit: int, before: int | None) -> ChangePage:
    """Return what changed in one product, newest first, before the change `before`."""
    values = {"ploomes_id": ploomes_id, "before": before, "limit": limit + 1}
    return page(_read(await (await conn.execute(_sql["of_product"], values)).fetchall()), limit)


async def latest(conn: Connection, query: ChangeQuery) -> ChangePage:
    """Return what changed, newest first."""
    place = query.place()
    values = {**_filters(query), "before": place.change_id if place else None, "limit": query.limit + 1}
    return page(_read(await (await conn.execute(_sql["latest"], values)).fetchall()), query.limit)


async def followed(conn: Connection, query: ChangeQuery, since: datetime) -> ChangePage:
    """Return what changed from a time on, oldest first; following `next` meets each change once.

    Raises ValueError for a place in a database that has been restored since.
    """
    (horizon,) = await (await conn.execute(_sql["horizon"])).fetchall()
    place = query.place() or Place(0, 0)
    if place.xid is None or place.xid > horizon["begun"]:
        raise ValueError("cursor is from another database, which a restore has replaced: begin again with since")
    if horizon["foreign"]:
        await conn.execute(_sql["adopt"])
    values = {"after_xid": str(place.xid), "after_id": place.change_id, "ended": str(horizon["ended"])}
    values |= {**_filters(query), "since": since, "limit": query.limit + 1}
    rows = await (await conn.execute(_sql["followed"], values)).fetchall()
    more, rows = len(rows) > query.limit, rows[: query.limit]
    # When all has been told that has ended, filtered out or not, the next page begins there.
    end = Place(rows[-1]["change_id"], rows[-1]["xid"]) if more else Place(_LAST, horizon["ended"] - 1)
    return ChangePage(items=_read(rows), next=str(end), more=more)


async def of_run(conn: Connection, run_id: UUID) -> Mapping[str, dict[str, int]]:
    """Count what a run changed, by `kinds` and by `columns`, most frequent first."""
    counts: dict[str, dict[str, int]] = {"kinds": {}, "columns": {}}
    for row in await (await conn.execute(_sql["of_run"], {"run_id": run_id})).fetchall():
        counts[row["counted"]][row["name"]] = row["changes"]
    return counts


async def forget(conn: Connection, days: int) -> int:
    """Drop what is older; returns how many changes were dropped."""
    return (await conn.execute(_sql["forget"], {"days": days})).rowcount


def _filters(query: ChangeQuery) -> dict[str, Any]:
    return {"run_id": query.run_id, "columns": list(query.columns), "kind": query.kind}


def _read(rows: Sequence[Row]) -> list[ProductChange]:
    return [
        ProductChange(
            change_id=row["change_id"],
            ploomes_id=row["ploomes_id"],
            code=row["code"],
            name=row["name"],
            changed_at=row["changed_at"],
            run_id=row["run_id"],
            kind=ChangeKind(row["kind"]),
            changes=_changes.decode(row["changes"]) if row["changes"] else {},
        )
        for row in rows
    ]
