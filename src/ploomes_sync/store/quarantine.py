"""Parks records that cannot be stored, and releases them when they heal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ploomes_sync.domain.page import Reject
from ploomes_sync.domain.quarantine import (
    QuarantinedPayload,
    QuarantinedRecord,
    QuarantineGroup,
    QuarantinePage,
)
from ploomes_sync.store.db import Connection, Row
from ploomes_sync.store.statements import statements

_sql = statements("quarantine")


async def park(conn: Connection, run_id: UUID | None, rejects: Sequence[Reject]) -> None:
    """Keep each record with its reason; safe to repeat."""
    for reject in rejects:
        values = {
            "payload": reject.payload,
            "ploomes_id": reject.product_id,
            "reason": reject.reason.value,
            "detail": reject.detail,
            "run_id": run_id,
        }
        await conn.execute(_sql["park"], values)
        if reject.product_id is not None:
            await conn.execute(_sql["release_older"], values)


async def release(conn: Connection, ids: Sequence[int]) -> None:
    """Let go of products that could be read again."""
    await conn.execute(_sql["release"], {"ids": list(ids)})


async def release_unseen(conn: Connection, since: datetime) -> int:
    """Let go of what a complete walk that began at `since` did not meet again; returns how many."""
    return (await conn.execute(_sql["release_unseen"], {"since": since})).rowcount


async def count_parked(conn: Connection, *, reason: str | None = None, run_id: UUID | None = None) -> int:
    """Count the records in quarantine: all, of one reason, those that one run has met last."""
    values = {"reason": reason, "run_id": run_id}
    row = await (await conn.execute(_sql["count_parked"], values)).fetchone()
    return int(row["parked"]) if row else 0


async def list_parked(conn: Connection, limit: int) -> list[Row]:
    """List the oldest parked records without their payloads."""
    return await (await conn.execute(_sql["list_parked"], {"limit": limit})).fetchall()


async def page(
    conn: Connection, limit: int, after: int, *, reason: str | None = None, run_id: UUID | None = None
) -> QuarantinePage:
    """Return the oldest parked records whose id is above `after`: all, of one reason, of one run."""
    chosen = {"reason": reason, "run_id": run_id}
    rows = await (await conn.execute(_sql["page"], {"limit": limit + 1, "after": after, **chosen})).fetchall()
    items = [QuarantinedRecord(**row) for row in rows[:limit]]
    more = len(rows) > limit
    total = await count_parked(conn, reason=reason, run_id=run_id)
    return QuarantinePage(items=items, total=total, next=items[-1].id if more else None)


async def groups(conn: Connection, run_id: UUID | None = None) -> tuple[QuarantineGroup, ...]:
    """Count the parked records by reason, all or those that one run has met last."""
    rows = await (await conn.execute(_sql["groups"], {"run_id": run_id})).fetchall()
    return tuple(QuarantineGroup(**row) for row in rows)


async def products(
    conn: Connection, ids: Sequence[int] | None = None, reason: str | None = None
) -> tuple[int, ...]:
    """Return the products behind these parked records, of this reason, or behind all, as far as ids are known."""
    chosen = {"ids": None if ids is None else list(ids), "reason": reason}
    rows = await (await conn.execute(_sql["products"], chosen)).fetchall()
    return tuple(row["ploomes_id"] for row in rows)


async def find_parked(conn: Connection, parked_id: int) -> QuarantinedPayload | None:
    """Return one parked record with its payload."""
    row = await (await conn.execute(_sql["parked"], {"id": parked_id})).fetchone()
    return None if row is None else QuarantinedPayload(**row)
