"""Applies changed rules to the stored records, without one request to Ploomes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from ploomes_sync.domain.context import Context
from ploomes_sync.domain.profile import Profile
from ploomes_sync.domain.run import Outcome
from ploomes_sync.domain.transform import transform_records
from ploomes_sync.engine.reading import reading
from ploomes_sync.store import lookups, products, quarantine
from ploomes_sync.store.db import Connection, Database, Row

_ROWS = 300
_MOST_PARKED = 1_000_000
Count = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Reclassified:
    """What came of it: `skipped` records wait in quarantine; `finished` is False when it was asked to stop."""

    outcome: Outcome
    skipped: int
    finished: bool


async def reclassify(db: Database, profile: Profile, stopping: asyncio.Event, count: Count) -> Reclassified:
    """Write anew what the rules see differently now; `count` is told how many of how many are done.

    Safe beside a running sync: a record counts as old as the request that brought it, so a later copy wins.
    """
    async with db.transaction() as conn:
        context = reading(profile, await lookups.load(conn))
        total = await products.count_stored(conn)
    outcome, skipped, after = Outcome(), 0, 0
    while not stopping.is_set():
        async with db.transaction() as conn:
            rows = await products.payloads_after(conn, after, _ROWS)
            ready = await _unparked(conn, rows)
            outcome += await _rewrite(conn, ready, context)
        if not rows:
            return Reclassified(outcome, skipped, finished=True)
        skipped += len(rows) - len(ready)
        after = rows[-1]["ploomes_id"]
        count(outcome.fetched + skipped, total)
    return Reclassified(outcome, skipped, finished=False)


async def _unparked(conn: Connection, rows: Sequence[Row]) -> list[Row]:
    """Leave out products whose newest copy is in quarantine: writing the older one would release it."""
    parked = {row["ploomes_id"] for row in await quarantine.list_parked(conn, _MOST_PARKED)}
    return [row for row in rows if row["ploomes_id"] not in parked]


async def _rewrite(conn: Connection, rows: Sequence[Row], context: Context) -> Outcome:
    """Write through the ordinary path, each record with the age of the request that brought it."""
    outcome = Outcome()
    for requested_at, group in _by_request(rows):
        records = [row["payload"].encode() for row in group]
        outcome += await products.write_batch(conn, None, transform_records(records, requested_at, context))
    return outcome


def _by_request(rows: Sequence[Row]) -> Iterable[tuple[datetime, Iterable[Row]]]:
    key = itemgetter("requested_at")
    return groupby(sorted(rows, key=key), key=key)
