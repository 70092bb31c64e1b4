"""Writes a batch of products: only what changed, never an older copy over a newer one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from ploomes_sync.domain.context import MARK_SIZE
from ploomes_sync.domain.fingerprint import mean_the_same
from ploomes_sync.domain.freshness import moved
from ploomes_sync.domain.page import Batch, Item, Reject, RejectReason
from ploomes_sync.domain.run import Outcome
from ploomes_sync.store import children, freshness, quarantine
from ploomes_sync.store.db import Connection, Row
from ploomes_sync.store.refusals import first_line
from ploomes_sync.store.statements import statements

_sql = statements("products")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A batch held against the mirror, before anything is written; `held` has the dates of the copies there."""

    changed: tuple[Item, ...]
    held: Mapping[int, datetime | None]
    deleted: frozenset[int]
    unchanged: int
    read_anew: tuple[Item, ...]

    def outcome(self, accepted: frozenset[int]) -> Outcome:
        """Count what happened when `accepted` of the changed ones were written."""
        new = sum(item.id in accepted and item.id not in self.held for item in self.changed)
        back = len(accepted & self.deleted)
        return Outcome(
            inserted=new,
            restored=back,
            updated=len(accepted) - new - back,
            unchanged=self.unchanged,
            stale=len(self.changed) - len(accepted),
        )


@dataclass(frozen=True, slots=True)
class _Claim:
    """What the items of a batch share: who writes them, which the mirror held, how old their copies are."""

    run_id: UUID | None
    held: Mapping[int, datetime | None]
    requested_at: datetime


async def raw_digests(conn: Connection, ids: Sequence[int]) -> dict[int, bytes]:
    """Return by id from which bytes, read by which rules, the mirror's living products were made."""
    rows = await (await conn.execute(_sql["raw_digests"], {"ids": list(ids)})).fetchall()
    return {row["ploomes_id"]: row["raw_digest"] for row in rows}


async def compare(conn: Connection, batch: Batch) -> Comparison:
    """Tell which items differ from the mirror; reads only, so that a dry run can use it too."""
    items = batch.items
    rows = await (await conn.execute(_sql["state_of"], {"ids": [item.id for item in items]})).fetchall()
    state = {row["ploomes_id"]: row for row in rows}
    alike = [item for item in items if not _differs(item, state.get(item.id))]
    rewritten = await _rewritten(conn, [item for item in alike if not _has_bytes_of(item, state[item.id])])
    same = {item.id: item for item in alike if item.id not in rewritten}
    changed = tuple(item for item in items if item.id not in same)
    return Comparison(
        changed=changed,
        held={key: row["source_updated_at"] for key, row in state.items()},
        deleted=frozenset(key for key, row in state.items() if row["deleted"]),
        unchanged=len(items) - len(changed) + len(batch.same),
        read_anew=tuple(item for item in same.values() if _was_read_otherwise(item, state[item.id])),
    )


def _differs(item: Item, row: Row | None) -> bool:
    return row is None or row["deleted"] or row["fingerprint"] != item.fingerprint


def _has_bytes_of(item: Item, row: Row) -> bool:
    return bool(row["raw_digest"][MARK_SIZE:] == item.raw_digest[MARK_SIZE:])


async def _rewritten(conn: Connection, items: Sequence[Item]) -> frozenset[int]:
    """Tell of which items the stored record means something else, though the same row was made of it."""
    if not items:
        return frozenset()
    rows = await (await conn.execute(_sql["payloads_of"], {"ids": [item.id for item in items]})).fetchall()
    stored = {row["ploomes_id"]: row["payload"].encode() for row in rows}
    return frozenset(item.id for item in items if not mean_the_same(stored.get(item.id, b""), item.payload))


def _was_read_otherwise(item: Item, row: Row) -> bool:
    """Tell whether other rules than today's have read the same; other bytes that mean the same do not count."""
    return _has_bytes_of(item, row) and bool(row["raw_digest"][:MARK_SIZE] != item.raw_digest[:MARK_SIZE])


async def write_batch(conn: Connection, run_id: UUID | None, batch: Batch) -> Outcome:
    """Write what changed and park what cannot be stored, within the caller's transaction; safe to repeat."""
    comparison = await compare(conn, batch)
    await _learn_digests(conn, comparison.read_anew)
    claim = _Claim(run_id, comparison.held, batch.requested_at)
    written, refused = await _write_or_bisect(conn, claim, comparison.changed)
    rejects = (*batch.rejects, *refused)
    bad = {reject.product_id for reject in rejects}
    await quarantine.release(
        conn, [key for key in (*batch.same, *(item.id for item in batch.items)) if key not in bad]
    )
    await quarantine.park(conn, run_id, rejects)
    if run_id is not None:
        winners = (item for item in comparison.changed if item.id in written)
        await freshness.note(conn, run_id, moved(winners, comparison.held))
    outcome = comparison.outcome(written)
    counted = Outcome(fetched=batch.size, rejected=len(rejects), stale=-len(refused))
    return outcome + counted


async def _write_or_bisect(
    conn: Connection, claim: _Claim, items: Sequence[Item]
) -> tuple[frozenset[int], tuple[Reject, ...]]:
    """Write all of them, or, when the database refuses a value, halve until the bad one stands alone."""
    if not items:
        return frozenset(), ()
    try:
        async with conn.transaction():
            return await _write(conn, claim, items), ()
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        if len(items) == 1:
            return frozenset(), (_refused(items[0], error),)
    half = len(items) // 2
    first, first_refused = await _write_or_bisect(conn, claim, items[:half])
    second, second_refused = await _write_or_bisect(conn, claim, items[half:])
    return first | second, first_refused + second_refused


def _refused(item: Item, error: psycopg.Error) -> Reject:
    return Reject(item.id, RejectReason.REFUSED_BY_DATABASE, first_line(error), item.payload.decode())


async def _write(conn: Connection, claim: _Claim, items: Sequence[Item]) -> frozenset[int]:
    """Let the state table decide which items are newer, then write those; returns their ids."""
    dates = [item.updated_at for item in items]
    claims = {**_marks(items), "dates": dates, "requested_at": claim.requested_at}
    rows = await (await conn.execute(_sql["accept"], claims)).fetchall()
    accepted = frozenset(row["ploomes_id"] for row in rows)
    winners = [item for item in items if item.id in accepted]
    if winners:
        await _upsert(conn, claim, winners)
    return accepted


async def _upsert(conn: Connection, claim: _Claim, items: Sequence[Item]) -> None:
    documents = b"[" + b",".join(item.row for item in items) + b"]"
    await conn.execute(_sql["upsert_products"], {"rows": documents.decode(), "run_id": claim.run_id})
    payloads = {
        "ids": [item.id for item in items],
        "payloads": [item.payload.decode() for item in items],
        "requested_at": claim.requested_at,
    }
    await conn.execute(_sql["upsert_payloads"], payloads)
    rewritten = [item.product.ploomes_product_id for item in items if item.id in claim.held]
    await children.write_children(conn, [item.product for item in items], rewritten)


async def _learn_digests(conn: Connection, items: Sequence[Item]) -> None:
    """Note that new rules see nothing new in these, so that they need not be read again."""
    if items:
        await conn.execute(_sql["learn_digests"], _marks(items))


def _marks(items: Sequence[Item]) -> dict[str, object]:
    """Return by what the state table knows these again."""
    return {
        "ids": [item.id for item in items],
        "fingerprints": [item.fingerprint for item in items],
        "raw_digests": [item.raw_digest for item in items],
    }


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of ids that one answer covered: above `after`, up to `upto` (no end if None)."""

    after: int
    upto: int | None


async def missing_from(conn: Connection, span: Span, batch: Batch, segments: Sequence[str]) -> list[int]:
    """Return our products of the span (and of the segments, if any) that the page lacks."""
    values = {
        "after": span.after,
        "upto": span.upto,
        "requested_at": batch.requested_at,
        "ids": list(batch.ids),
        "segments": list(segments),
    }
    rows = await (await conn.execute(_sql["missing_from"], values)).fetchall()
    return [row["ploomes_id"] for row in rows]


async def mark_deleted(conn: Connection, run_id: UUID | None, ids: Sequence[int], requested_at: datetime) -> int:
    """Mark products that the source was asked for by id and no longer has; returns how many were marked."""
    values = {"ids": list(ids), "run_id": run_id, "requested_at": requested_at}
    return (await conn.execute(_sql["mark_deleted"], values)).rowcount


async def count_stored(conn: Connection) -> int:
    """Count the products that are not marked deleted."""
    row = await (await conn.execute(_sql["count_stored"])).fetchone()
    return int(row["stored"]) if row else 0


async def count_alive(conn: Connection, ids: Sequence[int]) -> int:
    """Count which of these products the mirror holds undeleted."""
    row = await (await conn.execute(_sql["count_alive"], {"ids": list(ids)})).fetchone()
    return int(row["alive"]) if row else 0


async def sentinels(conn: Connection, ids: Sequence[int], run_id: UUID) -> list[int]:
    """Return up to four products, none of `ids` nor suspects of the run, that ought to be alive."""
    rows = await (await conn.execute(_sql["sentinels"], {"ids": list(ids), "run_id": run_id})).fetchall()
    return [row["ploomes_id"] for row in rows]


async def payloads_after(conn: Connection, after: int, limit: int) -> list[Row]:
    """Return the next stored records by id: `ploomes_id`, `payload`, `requested_at`."""
    values = {"after": after, "limit": limit}
    return await (await conn.execute(_sql["payloads_after"], values)).fetchall()


async def payload_of(conn: Connection, key: str) -> Row | None:
    """Return the stored record of one product, by Ploomes' id or by code."""
    return await (await conn.execute(_sql["payload_of"], {"key": key})).fetchone()
