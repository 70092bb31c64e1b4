"""A sync from request to result: resume, join or make a run, work on it, finish it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import structlog

from ploomes_sync.domain.run import OPEN_STATUSES, Plan, Run, RunStatus, Strategy, SyncRequest
from ploomes_sync.domain.strategy import REAL_TIME_IDS
from ploomes_sync.engine import suspects
from ploomes_sync.engine.lookups import LookupTables
from ploomes_sync.engine.parts import Observe, Parts, Progress, ignore
from ploomes_sync.engine.plan import make_plan
from ploomes_sync.engine.session import Session, heartbeat
from ploomes_sync.engine.walk import Walk
from ploomes_sync.errors import (
    ErrorClass,
    LeaseLostError,
    PermanentError,
    StoreError,
    TransientError,
    UnknownRunError,
)
from ploomes_sync.store import quarantine, runs

log = structlog.get_logger(area="product-sync:engine")
_POLL_SECONDS = 0.5


async def sync(parts: Parts, request: SyncRequest, observe: Observe = ignore) -> Run:
    """Do what is asked and return the run.

    A run whose process died is finished first; a covering run that another process works on is joined. The run
    comes back open (queued) when it was stopped or could not go on: the next sync resumes it where it stands.
    """
    if not request.ids:
        while (orphan := await _resumable(parts)) is not None:
            run = await work(parts, orphan, observe)
            if run.status in OPEN_STATUSES or _covers(run, request):
                return run
    tables = LookupTables(parts.db, parts.client())
    try:
        plan = await make_plan(parts, request, tables)
        async with parts.db.transaction() as conn:
            run_or_none = await runs.create(conn, request, plan)
            other = None if run_or_none else await runs.open_covering(conn)
        if run_or_none is not None:
            return await work(parts, run_or_none, observe, tables)
    finally:
        await tables.close()
    if other is None:
        # It ended between the two statements: look again.
        return await sync(parts, request, observe)
    run = await follow(parts, other.id, observe)
    done = run.status in (RunStatus.SUCCEEDED, RunStatus.PARTIAL)
    return await sync(parts, request, observe) if done and not _covers(run, request) else run


async def _resumable(parts: Parts) -> Run | None:
    async with parts.db.transaction() as conn:
        return await runs.resumable(conn)


def _covers(run: Run, request: SyncRequest) -> bool:
    """Tell whether a run that was resumed has also done what is asked now."""
    if run.request.segments == request.segments and run.request.strategy is request.strategy:
        return not run.request.ids
    whole = run.plan is not None and run.plan.covering
    return whole and (request.strategy is None or run.plan is None or run.plan.strategy is request.strategy)


async def preview(parts: Parts, request: SyncRequest, observe: Observe = ignore) -> Run:
    """Tell what a sync would do, without writing anything: not a row, not even a run."""
    tables = LookupTables(parts.db, parts.client(), keep=False)
    try:
        plan = await make_plan(parts, request, tables)
        session = Session(parts, Run.unsaved(request, plan, datetime.now(UTC)), plan, tables, observe)
        session.preview = True
        if await _read(session) is None:
            return session.result(RunStatus.QUEUED)
        return session.result(RunStatus.PARTIAL if session.outcome.rejected else RunStatus.SUCCEEDED)
    finally:
        await tables.close()


async def follow(parts: Parts, run_id: UUID, observe: Observe = ignore) -> Run:
    """Wait for a run that another process works on; take it over if that process dies."""
    while True:
        run = await find(parts, run_id)
        if run.status not in OPEN_STATUSES or parts.stopping.is_set():
            return run
        observe(Progress(run, run.outcome, run.plan.expected if run.plan else None, note="joined"))
        async with parts.db.transaction() as conn:
            free = await runs.is_free(conn, run_id)
        if free:
            return await work(parts, run, observe)
        await asyncio.sleep(_POLL_SECONDS)


async def find(parts: Parts, run_id: UUID) -> Run:
    """Return a run as it stands; raises UnknownRunError when there is none of that id."""
    async with parts.db.transaction() as conn:
        run = await runs.find(conn, run_id)
    if run is None:
        raise UnknownRunError(f"There is no run {run_id}.")
    return run


async def work(parts: Parts, run: Run, observe: Observe = ignore, tables: LookupTables | None = None) -> Run:
    """Claim the run and go on with it until it has ended, was stopped, or cannot go on just now."""
    async with parts.db.transaction() as conn:
        claimed = await runs.claim(conn, runs.Lease(run.id, parts.owner, parts.limits.lease_seconds))
    if claimed is None:
        return await follow(parts, run.id, observe)
    own_tables = tables or LookupTables(parts.db, parts.client())
    session = Session(parts, claimed, _plan_of(claimed), own_tables, observe)
    log.info("run.claimed", run_id=str(run.id), strategy=session.plan.strategy.value, attempt=claimed.attempt)
    try:
        async with heartbeat(session):
            return await _with_pauses(session)
    except LeaseLostError:
        return await follow(parts, run.id, observe)
    except PermanentError as error:
        if isinstance(error, StoreError):
            session.client.meter.count(error.error_class, "PostgreSQL")
        await _end(session, RunStatus.FAILED, error=str(error))
        raise
    except BaseException as error:
        await _give_back(session, error)
        raise
    finally:
        if tables is None:
            await own_tables.close()


def _plan_of(run: Run) -> Plan:
    if run.plan is None:
        raise UnknownRunError(f"Run {run.id} has no plan.")
    return run.plan


async def _with_pauses(session: Session) -> Run:
    """Read, and when Ploomes or PostgreSQL stays away, wait and go on from the stored cursors."""
    if session.plan.complete:
        session.refresh_tables()
    failures, pages = 0, session.outcome.pages
    while True:
        try:
            return await _read_and_finish(session)
        except LeaseLostError:
            raise
        except TransientError as error:
            if error.error_class is ErrorClass.DATABASE:
                session.client.meter.count(error.error_class, "PostgreSQL")
            failures = 0 if session.outcome.pages > pages else failures
            pages = session.outcome.pages
            if failures >= len(session.parts.limits.pauses):
                raise
            pause = max(session.parts.limits.pauses[failures], error.retry_after or 0)
            failures += 1
            log.warning("run.paused", seconds=pause, error=str(error), error_class=error.error_class.value)
            session.tell(f"{error} Waiting {pause:g} s.")
            await session.rest(pause)
            if session.parts.stopping.is_set():
                return await _stopped(session)


async def _read_and_finish(session: Session) -> Run:
    waiting = await _read(session)
    if waiting is None:
        return await _stopped(session)
    if waiting:
        return await _end(session, RunStatus.NEEDS_CONFIRMATION, missing=waiting)
    if session.plan.complete and session.plan.covering and session.run.started_at is not None:
        async with session.parts.db.transaction() as conn:
            await quarantine.release_unseen(conn, session.run.started_at)
    return await _end(session, RunStatus.PARTIAL if session.outcome.rejected else RunStatus.SUCCEEDED)


async def _read(session: Session) -> int | None:
    """Read what the plan says; returns how many deletions wait for a person, None when stopped early."""
    if session.plan.ids:
        chunk = REAL_TIME_IDS if session.plan.strategy is Strategy.REAL_TIME else suspects.CHUNK
        return 0 if await suspects.read_by_ids(session, chunk) else None
    if not await Walk(session).run():
        return None
    if session.preview:
        return 0
    resolution = await suspects.resolve(session)
    return None if resolution.stopped else resolution.waiting


async def _stopped(session: Session) -> Run:
    """Give the run back, so that the next process resumes it at once."""
    await _give_back(session, None)
    log.info("run.stopped", run_id=str(session.run.id))
    return session.result(RunStatus.QUEUED)


async def _give_back(session: Session, error: BaseException | None) -> None:
    text = str(error) if isinstance(error, TransientError) else None
    try:
        async with session.parts.db.transaction() as conn:
            await session.record_requests(conn)
            await runs.release(conn, session.lease, text)
    except TransientError as gone:
        # The lease runs out by itself, or has been taken over already.
        log.warning("lease.not_released", error=str(gone))


async def _end(session: Session, status: RunStatus, *, missing: int = 0, error: str | None = None) -> Run:
    """Record the end together with the requests that no page has recorded, and log one line about the run."""
    async with session.parts.db.transaction() as conn:
        await session.record_requests(conn)
        run = await runs.finish(conn, session.lease, status, missing=missing, error=error)
    counters = {name: getattr(run.outcome, name) for name in run.outcome.__struct_fields__}
    log.info(
        "run.finished", run_id=str(run.id), status=status.value, strategy=session.plan.strategy.value, **counters
    )
    return run


async def confirm(parts: Parts, run_id: UUID, allow_deletes: int | None, observe: Observe = ignore) -> Run:
    """Let a held deletion go on: its suspects are asked for by id once more and then marked."""
    run = await find(parts, run_id)
    async with parts.db.transaction() as conn:
        other = await runs.open_covering(conn)
    if other is not None:
        await follow(parts, other.id, observe)
    async with parts.db.transaction() as conn:
        await runs.reopen(conn, run_id, allow_deletes or run.missing + run.outcome.deleted)
    return await work(parts, run, observe)
