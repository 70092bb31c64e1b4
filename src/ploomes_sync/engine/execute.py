"""A sync from request to result: resume, join or make a run, work on it, finish it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from ploomes_sync.domain.run import OPEN_STATUSES, Run, RunStatus, Strategy, SyncRequest
from ploomes_sync.domain.strategy import REAL_TIME_IDS
from ploomes_sync.engine import suspects
from ploomes_sync.engine.lookups import LookupTables
from ploomes_sync.engine.parts import Observe, Parts, Progress, ignore
from ploomes_sync.engine.plan import check_request, make_plan
from ploomes_sync.engine.session import Held, Session, heartbeat
from ploomes_sync.engine.submit import covers, enlist, find, joins, reopen
from ploomes_sync.engine.walk import Walk
from ploomes_sync.errors import (
    ErrorClass,
    LeaseLostError,
    PermanentError,
    StoreError,
    SyncError,
    TransientError,
)
from ploomes_sync.store import quarantine, runs
from ploomes_sync.telemetry import Log

log = Log("product-sync:engine")
_POLL_SECONDS = 0.5


async def sync(parts: Parts, request: SyncRequest, observe: Observe = ignore) -> Run:
    """Do what is asked and return the run.

    A run whose process died is finished first; one that does the same already is joined. The run comes back open
    (queued) when it was stopped or could not go on: the next sync resumes it where it stands.
    """
    check_request(request, parts.profile, parts.rules)
    if not request.ids:
        while (orphan := await _resumable(parts)) is not None:
            run = await _resume(parts, orphan, request, observe)
            if run is not None and (run.status in OPEN_STATUSES or covers(run, request)):
                return run
    lease = runs.Lease(uuid4(), parts.owner, parts.limits.lease_seconds)
    async with parts.db.transaction() as conn:
        submission = await enlist(conn, request, lease=lease)
    if submission.created:
        return await _hold(parts, submission.run, observe)
    return await work(parts, submission.run, observe)


async def _resumable(parts: Parts) -> Run | None:
    async with parts.db.transaction() as conn:
        return await runs.resumable(conn)


async def _resume(parts: Parts, orphan: Run, request: SyncRequest, observe: Observe) -> Run | None:
    """Go on with a run that was left behind; one that is not what is asked now may fail, and rests then."""
    try:
        return await work(parts, orphan, observe)
    except TransientError as error:
        if joins(request, orphan) or error.error_class is ErrorClass.DATABASE:
            raise
        log.warning("run.left_behind", run_id=str(orphan.id), error=str(error))
        return None


async def preview(parts: Parts, request: SyncRequest, observe: Observe = ignore) -> Run:
    """Tell what a sync would do, without writing anything: not a row, not even a run."""
    check_request(request, parts.profile, parts.rules)
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
        run = await find(parts.db, run_id)
        if run.status not in OPEN_STATUSES or parts.stopping.is_set():
            return run
        observe(Progress(run, run.outcome, run.plan.expected if run.plan else None, note="joined"))
        async with parts.db.transaction() as conn:
            free = await runs.is_free(conn, run_id)
        if free:
            return await work(parts, run, observe)
        await asyncio.sleep(_POLL_SECONDS)


async def work(parts: Parts, run: Run, observe: Observe = ignore) -> Run:
    """Claim the run, plan it if nobody has, and go on with it until it has ended, was stopped, or cannot go on."""
    async with parts.db.transaction() as conn:
        claimed = await runs.claim(conn, runs.Lease(run.id, parts.owner, parts.limits.lease_seconds))
    if claimed is None:
        return await follow(parts, run.id, observe)
    return await _hold(parts, claimed, observe)


async def _hold(parts: Parts, claimed: Run, observe: Observe) -> Run:
    """Keep the lease while the run is worked on, and give it back or end it whatever happens."""
    tables = LookupTables(parts.db, parts.client())
    held = Held(parts, claimed, tables, observe)
    log.info("run.claimed", run_id=str(claimed.id), attempt=claimed.attempt)
    try:
        async with heartbeat(held):
            return await _plan_and_read(held, observe)
    except LeaseLostError:
        return await follow(parts, claimed.id, observe)
    except PermanentError as error:
        if isinstance(error, StoreError):
            held.client.meter.count(error.error_class, "PostgreSQL")
        await _end(held, RunStatus.FAILED, error=str(error))
        raise
    except BaseException as error:
        await _give_back(held, error)
        raise
    finally:
        await tables.close()


async def _plan_and_read(held: Held, observe: Observe) -> Run:
    planned = held.run if held.run.plan else await _with_pauses(held, lambda: _planned(held, observe))
    if planned is None or planned.plan is None:
        return await _stopped(held)
    session = Session(held.parts, planned, planned.plan, held.tables, observe)
    if session.plan.complete:
        session.refresh_tables()
    return await _with_pauses(session, lambda: _read_and_finish(session)) or await _stopped(session)


async def _planned(held: Held, observe: Observe) -> Run | None:
    """Plan the run under its lease; while another covering run is open, wait for that one first.

    Returns None when it was asked to stop before.
    """
    while not held.parts.stopping.is_set():
        plan = await make_plan(held.parts, held.run.request, held.tables)
        async with held.parts.db.transaction() as conn:
            planned = await runs.plan(conn, held.lease, plan)
            if planned is not None:
                detail = {"strategy": plan.strategy, "reason": plan.reason, "expected": plan.expected}
                await runs.append_event(conn, planned.id, "run.planned", detail)
                return planned
            other = await runs.open_covering(conn)
        if other is not None:
            log.info("run.waiting", run_id=str(held.run.id), other=str(other.id))
            await follow(held.parts, other.id, observe)
    return None


async def _with_pauses(held: Held, attempt: Callable[[], Awaitable[Run | None]]) -> Run | None:
    """Try, and when Ploomes or PostgreSQL stays away, wait and go on; returns None when it was asked to stop."""
    failures, pages = 0, held.outcome.pages
    while True:
        try:
            return await attempt()
        except LeaseLostError:
            raise
        except TransientError as error:
            if error.error_class is ErrorClass.DATABASE:
                held.client.meter.count(error.error_class, "PostgreSQL")
            failures = 0 if held.outcome.pages > pages else failures
            pages = held.outcome.pages
            if failures >= len(held.parts.limits.pauses):
                raise
            pause = max(held.parts.limits.pauses[failures], error.retry_after or 0)
            failures += 1
            await _pause(held, pause, error)
            if held.parts.stopping.is_set():
                return None


async def _pause(held: Held, seconds: float, error: TransientError) -> None:
    log.warning("run.paused", seconds=seconds, error=str(error), error_class=error.error_class.value)
    held.tell(f"{error} Waiting {seconds:g} s.")
    if error.error_class is not ErrorClass.DATABASE:
        detail = {"seconds": round(seconds, 1), "error": str(error), "error_class": error.error_class}
        await _note(held, "run.paused", detail)
    await held.rest(seconds)


async def _note(held: Held, event: str, detail: dict[str, object]) -> None:
    """Write into the run's log what no page depends on: when PostgreSQL is away, it goes unsaid."""
    try:
        async with held.parts.db.transaction() as conn:
            await runs.append_event(conn, held.run.id, event, detail)
    except TransientError as gone:
        log.warning("event.not_kept", told=event, error=str(gone))


async def _read_and_finish(session: Session) -> Run | None:
    waiting = await _read(session)
    if waiting is None:
        return None
    if waiting:
        return await _end(session, RunStatus.NEEDS_CONFIRMATION, missing=waiting)
    if session.plan.complete and session.plan.covering and session.run.started_at is not None:
        async with session.parts.db.transaction() as conn:
            await quarantine.release_unseen(conn, session.run.started_at)
    status = RunStatus.PARTIAL if session.outcome.rejected else RunStatus.SUCCEEDED
    return await _end(session, status, counted=await _counted(session))


async def _counted(session: Session) -> int | None:
    """Return how many products Ploomes has now that all of them are here; a sync does not fail for want of it.

    Complete walks tell; others would pay a request for it, as a walk does that met another number than was counted
    before it.
    """
    plan = session.plan
    if not (plan.covering and plan.complete) or session.client.counts is False:
        return None
    if session.outcome.fetched == plan.expected:
        return plan.expected
    try:
        return await session.client.count(plan.lane)
    except SyncError as error:
        log.warning("source.not_counted", run_id=str(session.run.id), error=str(error))
        return None


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


async def _stopped(held: Held) -> Run:
    """Give the run back, so that the next process resumes it at once."""
    await _give_back(held, None)
    log.info("run.stopped", run_id=str(held.run.id))
    return held.result(RunStatus.QUEUED)


async def _give_back(held: Held, error: BaseException | None) -> None:
    text = str(error) if isinstance(error, TransientError) else None
    try:
        async with held.parts.db.transaction() as conn:
            await held.record_requests(conn)
            await runs.release(conn, held.lease, text)
    except TransientError as gone:
        # The lease runs out by itself, or has been taken over already.
        log.warning("lease.not_released", error=str(gone))


async def _end(
    held: Held, status: RunStatus, *, missing: int = 0, error: str | None = None, counted: int | None = None
) -> Run:
    """Record the end together with the requests that no page has recorded, and log one line about the run.

    `counted` is how many products Ploomes has.
    """
    async with held.parts.db.transaction() as conn:
        await held.record_requests(conn)
        run = await runs.finish(conn, held.lease, status, missing=missing, error=error)
        if counted is not None:
            await runs.keep_count(conn, run.id, counted)
        counters = {name: getattr(run.outcome, name) for name in run.outcome.__struct_fields__}
        detail = {"status": status, "missing": missing, "error": error, **counters}
        told = {name: value for name, value in detail.items() if value}
        await runs.append_event(conn, run.id, "run.finished", told)
    log.info("run.finished", run_id=str(run.id), **{"strategy": run.plan and run.plan.strategy.value, **told})
    return run


async def confirm(parts: Parts, run_id: UUID, allow_deletes: int | None, observe: Observe = ignore) -> Run:
    """Let a held deletion go on: its suspects are asked for by id once more and then marked."""
    async with parts.db.transaction() as conn:
        other = await runs.open_covering(conn)
    if other is not None:
        await follow(parts, other.id, observe)
    async with parts.db.transaction() as conn:
        run = await reopen(conn, run_id, allow_deletes)
    return await work(parts, run, observe)
