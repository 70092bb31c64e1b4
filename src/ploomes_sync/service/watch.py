"""Follows a run from outside: whichever process works on it, the database tells how it goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from ploomes_sync.domain.history import RunEvent, entry
from ploomes_sync.domain.run import OPEN_STATUSES, Run
from ploomes_sync.engine.submit import find
from ploomes_sync.errors import StoreDownError
from ploomes_sync.store import history
from ploomes_sync.store.db import Database
from ploomes_sync.telemetry import Log

log = Log("product-sync:service")
PROGRESS, ENDED = "progress", "ended"
_SHORTEST, _LONGEST = 0.05, 0.5
_EVENTS = 200


async def wait(db: Database, run_id: UUID, seconds: float) -> Run:
    """Return the run once it has ended, or as it stands after so many seconds."""
    deadline = time.monotonic() + seconds
    pause = _SHORTEST
    while True:
        run = await find(db, run_id)
        left = deadline - time.monotonic()
        if run.status not in OPEN_STATUSES or left <= 0:
            return run
        await asyncio.sleep(min(pause, left))
        pause = min(_LONGEST, pause * 1.5)


async def watch(db: Database, run_id: UUID, after: int = 0) -> AsyncIterator[RunEvent]:
    """Tell the events of a run after the one of id `after`, its progress, and at last that it has ended.

    Raises UnknownRunError when there is none of that id. While PostgreSQL is away nothing is told.
    """
    run, told = await _look(db, run_id, after)
    shown: Run | None = None
    while True:
        for event in told:
            after = event.id
            yield event
        complete = len(told) < _EVENTS
        if run.status not in OPEN_STATUSES and complete:
            yield _progress(run, after, ENDED)
            return
        if run != shown:
            yield _progress(run, after, PROGRESS)
            shown = run
        if complete:
            await asyncio.sleep(_LONGEST)
        try:
            run, told = await _look(db, run_id, after)
        except StoreDownError as error:
            log.warning("watch.blind", run_id=str(run_id), error=str(error))
            told = []


async def _look(db: Database, run_id: UUID, after: int) -> tuple[Run, list[RunEvent]]:
    """Read the run before its events: the events of a run that has ended are then complete."""
    run = await find(db, run_id)
    async with db.transaction() as conn:
        return run, await history.events(conn, run_id, after, _EVENTS)


def _progress(run: Run, after: int, event: str) -> RunEvent:
    now = datetime.now(UTC)
    return RunEvent(id=after, at=now, event=event, detail=msgspec.to_builtins(entry(run, now)))
