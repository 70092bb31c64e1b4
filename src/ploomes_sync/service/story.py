"""What happened to the catalogue: by product, by time and by run."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ploomes_sync.domain.changes import ChangeKind, ChangePage, ChangeQuery
from ploomes_sync.domain.history import RunDetail, entry
from ploomes_sync.engine.submit import find
from ploomes_sync.store import changes as store
from ploomes_sync.store import quarantine
from ploomes_sync.store.db import Database


async def of_product(db: Database, ploomes_id: int, query: ChangeQuery) -> ChangePage:
    """Return what changed in one product, newest first."""
    place = query.place()
    async with db.transaction() as conn:
        return await store.of_product(conn, ploomes_id, query.limit, place.change_id if place else None)


async def changes(db: Database, query: ChangeQuery) -> ChangePage:
    """Return what changed: newest first, or from a time on oldest first."""
    async with db.transaction() as conn:
        if query.since is None:
            return await store.latest(conn, query)
        return await store.followed(conn, query, query.since)


async def run_detail(db: Database, run_id: UUID) -> RunDetail:
    """Return a run with what it changed and rejected."""
    run = await find(db, run_id)
    async with db.transaction() as conn:
        counts = await store.of_run(conn, run_id)
        rejected = await quarantine.groups(conn, run_id)
    return RunDetail(
        run=entry(run, datetime.now(UTC)),
        kinds={ChangeKind(name): count for name, count in counts["kinds"].items()},
        columns=counts["columns"],
        rejected=rejected,
    )
