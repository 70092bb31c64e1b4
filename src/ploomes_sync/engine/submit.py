"""Asks for a run: a row and a job, in milliseconds, whether Ploomes answers or not."""

from __future__ import annotations

from uuid import UUID

from ploomes_sync.domain.run import Run, RunStatus, Submission, SyncRequest, Urgency
from ploomes_sync.errors import ReusedKeyError, RunStateError, SettingsError, UnknownRunError
from ploomes_sync.store import jobs, runs
from ploomes_sync.store.db import Connection, Database
from ploomes_sync.store.runs import Lease

KEY_LENGTH = 200
_PRIORITIES = {Urgency.LOW: -1, Urgency.NORMAL: 0, Urgency.HIGH: 1, Urgency.CRITICAL: 2}


async def submit(db: Database, request: SyncRequest, *, idempotency_key: str | None = None) -> Submission:
    """Queue what is asked, or return the run that does it already; it is planned when it is worked on.

    Raises ReusedKeyError when the key stands for another request, SettingsError when it is no key.
    """
    if idempotency_key is not None and not (
        idempotency_key.isprintable() and 0 < len(idempotency_key) <= KEY_LENGTH
    ):
        raise SettingsError(f"An idempotency key has 1 to {KEY_LENGTH} printable characters.")
    async with db.transaction() as conn:
        submission = await enlist(conn, request, key=idempotency_key)
        if submission.created:
            await _defer(conn, submission.run)
        return submission


async def _defer(conn: Connection, run: Run) -> None:
    """Queue the job that goes on with the run; it is there when the run is."""
    run_id = str(run.id)
    priority = _PRIORITIES[run.request.urgency]
    await jobs.defer(conn, jobs.WORK_RUN, {"run_id": run_id}, queueing_lock=f"run:{run_id}", priority=priority)


async def enlist(
    conn: Connection, request: SyncRequest, *, lease: Lease | None = None, key: str | None = None
) -> Submission:
    """Find the open run that does what is asked, or make one: queued, or claimed at once with a lease of a new id.

    Of many who ask for the same at the same time one makes the run and the others find it.
    """
    await runs.serialise(conn)
    if key is not None and (known := await _known(conn, request, key)) is not None:
        return known
    joined = next((run for run in await runs.open_runs(conn) if joins(request, run)), None)
    run = joined or await runs.create(conn, request, lease)
    if key is not None:
        await runs.keep_key(conn, key, run.id, request)
    return Submission(run=run, created=joined is None, joined=joined is not None)


async def _known(conn: Connection, request: SyncRequest, key: str) -> Submission | None:
    """Return the run that the key stands for."""
    found = await runs.find_key(conn, request.origin, key)
    if found is None:
        return None
    run_id, asked = found
    if asked != request:
        raise ReusedKeyError(
            "This idempotency key stands for another request: use a new key, or send the same request again."
        )
    run = await runs.find(conn, run_id)
    return None if run is None else Submission(run=run)


async def find(db: Database, run_id: UUID) -> Run:
    """Return a run as it stands; raises UnknownRunError when there is none of that id."""
    async with db.transaction() as conn:
        return await _find(conn, run_id)


async def _find(conn: Connection, run_id: UUID) -> Run:
    run = await runs.find(conn, run_id)
    if run is None:
        raise UnknownRunError(f"There is no run {run_id}.")
    return run


async def confirm(db: Database, run_id: UUID, allow_deletes: int | None = None) -> Run:
    """Queue a run whose deletions wait for a person, with the ceiling that this person allows."""
    async with db.transaction() as conn:
        run = await reopen(conn, run_id, allow_deletes)
        await _defer(conn, run)
        return run


async def reopen(conn: Connection, run_id: UUID, allow_deletes: int | None) -> Run:
    """Open a run that waits for a confirmation once more; without a number for what it has found missing.

    Raises RunStateError when it does not wait, or when another sync of all is at work.
    """
    run = await _find(conn, run_id)
    ceiling = run.missing + run.outcome.deleted if allow_deletes is None else allow_deletes
    opened = await runs.reopen(conn, run_id, ceiling)
    if opened is not None:
        await runs.append_event(conn, run_id, "run.confirmed", {"allow_deletes": ceiling})
        return opened
    if run.status is RunStatus.NEEDS_CONFIRMATION:
        raise RunStateError("Another sync of all products is at work: confirm again when it has ended.")
    raise RunStateError(f"Run {run_id} does not wait for a confirmation: it is {run.status.words}.")


async def cancel(db: Database, run_id: UUID) -> Run:
    """End a run; what it has written stays, and the watermark does not move.

    Whoever works on it stops with its next page. Raises RunStateError when the run has ended already.
    """
    async with db.transaction() as conn:
        cancelled = await runs.cancel(conn, run_id)
        if cancelled is not None:
            await runs.append_event(conn, run_id, "run.cancelled", {})
            return cancelled
        run = await _find(conn, run_id)
    if run.status is not RunStatus.CANCELLED:
        raise RunStateError(f"Run {run_id} cannot be cancelled: it is {run.status.words}.")
    return run


def joins(request: SyncRequest, run: Run) -> bool:
    """Tell whether an open run does what is asked now.

    Products named by id are only read once, so that a run which has begun may have met them before they changed.
    """
    if request.segments != run.request.segments or request.allow_deletes not in (None, run.request.allow_deletes):
        return False
    if request.ids or run.request.ids:
        same = set(request.ids) == set(run.request.ids) and request.strategy is run.request.strategy
        return same and run.attempt == 0
    return request.strategy in (None, run.request.strategy, run.plan.strategy if run.plan else None)


def covers(run: Run, request: SyncRequest) -> bool:
    """Tell whether a run that was resumed and has ended has also done what is asked."""
    if request.allow_deletes not in (None, run.request.allow_deletes) or run.plan is None:
        return False
    if run.request.segments == request.segments and run.request.strategy is request.strategy:
        return not run.request.ids
    return run.plan.covering and request.strategy in (None, run.plan.strategy)
