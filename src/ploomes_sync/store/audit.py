"""Reads what the mirror holds, for comparing it with the source; page by page, each in its own transaction."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from ploomes_sync.store.db import Database, Row
from ploomes_sync.store.statements import statements

_sql = statements("audit")
_PAGE = 500


async def held(db: Database, *, detail: bool = True) -> AsyncGenerator[Row, None]:
    """Yield every stored product in the order of its id; without `detail` only whether it lives and its date.

    No cursor of the server is held between pages, so that it works through a transaction pooler and never keeps
    a transaction open while the source is asked.
    """
    after = 0
    while True:
        values = {"after": after, "ids": None, "limit": _PAGE}
        async with db.transaction() as conn:
            rows = await (await conn.execute(_sql["held" if detail else "held_dates"], values)).fetchall()
        for row in rows:
            yield row
        if len(rows) < _PAGE:
            return
        after = rows[-1]["ploomes_id"]


async def held_of(db: Database, ids: Sequence[int]) -> dict[int, Row]:
    """Return those of the products that are stored, by id."""
    values = {"after": 0, "ids": list(ids), "limit": len(ids)}
    async with db.transaction() as conn:
        rows = await (await conn.execute(_sql["held"], values)).fetchall()
    return {row["ploomes_id"]: row for row in rows}


async def without_record(db: Database) -> list[int]:
    """Return the living products whose record is not kept."""
    async with db.transaction() as conn:
        rows = await (await conn.execute(_sql["without_record"])).fetchall()
    return [row["ploomes_id"] for row in rows]


async def parked(db: Database) -> list[int | None]:
    """Return the product of each record in quarantine; None where the record tells none."""
    async with db.transaction() as conn:
        rows = await (await conn.execute(_sql["parked"])).fetchall()
    return [row["ploomes_id"] for row in rows]
