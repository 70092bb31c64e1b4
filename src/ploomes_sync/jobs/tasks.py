"""What the jobs do; each may be done twice without harm, since what has been done stands in the runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import ceil
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.exceptions import TaskNotFound

from ploomes_sync.domain.run import OPEN_STATUSES, Strategy, SyncRequest
from ploomes_sync.engine import execute, registration
from ploomes_sync.errors import PermanentError, RunStoppedError, TransientError
from ploomes_sync.store import cache, retention, runs, webhooks
from ploomes_sync.telemetry import Log

if TYPE_CHECKING:
    from procrastinate.jobs import Job

    from ploomes_sync.service.app import PloomesSync

log = Log("product-sync:jobs")
Task = Callable[..., Awaitable[str]]

ORIGIN = "job"
SCHEDULE_ORIGIN = "schedule"


class Patience(BaseRetryStrategy):
    """Tries again without end, waiting longer each time, unless a person is needed.

    A run must not be lost because Ploomes was away for a night; an attempt that finds it ended costs nothing.
    """

    first_seconds = 5
    longest_seconds = 300

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again, None when it would be in vain."""
        match exception:
            case PermanentError() | TaskNotFound():
                return None
            case RunStoppedError():
                wait = 0
            case TransientError():
                wait = max(self._wait(job.attempts), ceil(exception.retry_after or 0))
            case Exception():
                wait = self._wait(job.attempts)
            case _:
                # Cut off: the worker has waited long enough for its end.
                wait = 0
        return RetryDecision(retry_in={"seconds": wait})

    def _wait(self, attempts: int) -> int:
        return round(min(self.first_seconds * 2.0 ** min(attempts, 10), self.longest_seconds))


class Tasks:
    """The tasks of one worker, bound to its application object."""

    def __init__(self, app: PloomesSync) -> None:
        self._app = app

    async def work_run(self, run_id: str) -> str:
        """Go on with a run; does nothing when it has ended or another process is at it."""
        parts = self._app.engine()
        run = await self._app.run(UUID(run_id))
        if run.status not in OPEN_STATUSES:
            return run.status.value
        async with parts.db.transaction() as conn:
            free = await runs.is_free(conn, run.id)
        if not free:
            # Should that process die, the run is found without a job and gets a new one.
            return "held by another process"
        run = await execute.work(parts, run)
        if run.status in OPEN_STATUSES:
            raise RunStoppedError(f"Run {run.id} was given back unfinished.")
        return run.status.value

    async def sync_products(self, context: JobContext, /, **request: Any) -> str:  # noqa: ANN401 - fields of the request
        """Ask for a sync as it stands in the job; doing it again asks for the same run."""
        asked = msgspec.convert({**request, "origin": ORIGIN}, SyncRequest)
        return await self._submit(asked, f"{ORIGIN}:{context.job.id}")

    async def scheduled_sync(self, timestamp: int) -> str:
        """Ask for a sync of what changed, one for each tick that nothing has read past since."""
        async with self._app.db.transaction() as conn:
            read_at = (await runs.facts(conn)).covered_at
        if read_at is not None and read_at.timestamp() >= timestamp:
            return "read since"
        return await self._submit(SyncRequest(origin=SCHEDULE_ORIGIN), f"sync:{timestamp}")

    async def complete_walk(self, timestamp: int) -> str:
        """Ask for a walk of everything, one for each tick: nothing proves that dates move on every change.

        A tick that is made up for late may find that everything has been walked since.
        """
        async with self._app.db.transaction() as conn:
            walked_at = (await runs.facts(conn)).complete_at
        if walked_at is not None and walked_at.timestamp() >= timestamp:
            return "walked since"
        request = SyncRequest(strategy=Strategy.BATCH, origin=SCHEDULE_ORIGIN)
        return await self._submit(request, f"complete:{timestamp}")

    async def webhook_health(self, timestamp: int) -> str:
        """Switch our webhooks on again and replace lost ones; does nothing when none were registered."""
        parts = self._app.engine()
        async with parts.db.transaction() as conn:
            known = await webhooks.registered(conn)
        if known.callback_url is None:
            return "none registered"
        report = await registration.check(parts, repair=True)
        log.info("webhooks.checked", healthy=report.healthy, tick=timestamp)
        return "healthy" if report.healthy else "still unhealthy"

    async def cache_cleanup(self, timestamp: int) -> str:
        """Drop shared answers whose time is over, and the record of changes that every cache has seen."""
        async with self._app.db.transaction() as conn:
            purged = await cache.purge_expired(conn)
            forgotten = await cache.forget_changes(conn)
        log.info("cache.cleaned", answers=purged, changes=forgotten, tick=timestamp)
        return f"{purged} answers"

    async def retention(self, timestamp: int) -> str:
        """Drop history that is older than the setting says."""
        settings = self._app.settings
        async with self._app.db.transaction() as conn:
            gone = await retention.forget(conn, settings.retention_days, settings.changes_retention_days)
        log.info("history.forgotten", **gone, tick=timestamp)
        return ", ".join(f"{count} {what}" for what, count in gone.items())

    async def _submit(self, request: SyncRequest, key: str) -> str:
        submission = await self._app.submit(request, idempotency_key=key)
        log.info("sync.submitted", run_id=str(submission.run.id), created=submission.created, key=key)
        return str(submission.run.id)
