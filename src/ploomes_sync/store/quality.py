"""Judges the stored catalogue; nothing here writes."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from ploomes_sync.domain.quality import Check, Place, QualityItem, QualityReport, report
from ploomes_sync.store.db import Connection
from ploomes_sync.store.statements import statements

_sql = statements("quality")


async def counts(conn: Connection) -> QualityReport:
    """Count the faults."""
    (row,) = await (await conn.execute(_sql["counts"])).fetchall()
    return report(row, row["products"])


async def listed(conn: Connection, key: Check, place: Place, limit: int) -> tuple[list[QualityItem], Place | None]:
    """Return the products with this fault after a place, and where the next page begins, if there is one."""
    values = {"key": key.value, "after_code": place.code, "after_id": place.product_id, "limit": limit + 1}
    statement = _sql["duplicates"] if key is Check.DUPLICATE_CODE else _sql["listed"]
    rows = await (await conn.execute(statement, values)).fetchall()
    places = [Place(row.pop("place"), row.pop("id")) for row in rows[:limit]]
    items = msgspec.convert(rows[:limit], list[QualityItem], builtin_types=(Decimal,))
    return items, places[-1] if len(rows) > limit else None
