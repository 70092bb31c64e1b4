"""Gives back jobs that nobody works on any more: the engine itself leaves them in `doing` for ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ploomes_sync.jobs.measured import measured
from ploomes_sync.store import jobs
from ploomes_sync.store.db import Connection, Database
from ploomes_sync.telemetry import Log

if TYPE_CHECKING:
    from procrastinate import JobContext
    from procrastinate.middleware import AsyncCallNext
    from procrastinate.worker import Worker

log = Log("product-sync:jobs")

STALLED_SECONDS = 20.0
"""Silence after which a worker counts as dead."""
_QUIET_LOOKS = 2


@dataclass(frozen=True, slots=True)
class Timing:
    """How often things happen, in seconds: `stalled` must be several heartbeats."""

    poll: float = 1.0
    webhooks: float = 0.25
    heartbeat: float = 5.0
    look: float = 5.0
    stalled: float = STALLED_SECONDS
    orphaned: float = 10.0


@dataclass(slots=True)
class Lookout:
    """Looks after the jobs of dead workers, and after those that this worker has lost track of.

    A job is lost when PostgreSQL went away between giving it and the answer: the database believes that this
    worker is at it, and its heartbeat goes on. After a time without PostgreSQL the living are heard of before any
    worker is taken for dead.
    """

    db: Database
    timing: Timing
    worker: Worker | None = None
    _at_work: set[int] = field(default_factory=set)
    _missed: set[int] = field(default_factory=set)
    _looks: int = 0

    async def tracked(self, call_next: AsyncCallNext, context: JobContext, _: Worker) -> Any:  # noqa: ANN401 - its type
        """Remember a job as long as it is worked on."""
        job_id = context.job.id
        if job_id is None:
            raise RuntimeError("a job that is worked on has an id")
        self._at_work.add(job_id)
        try:
            async with measured(self.db, context.job.task_name, job_id):
                return await call_next()
        finally:
            self._at_work.discard(job_id)

    async def look(self) -> None:
        """Give back what nobody works on, and find open runs without a job."""
        looks, self._looks = self._looks, 0
        rescued: list[int] = []
        adopted: list[str] = []
        async with self.db.transaction() as conn:
            lost = await self._lost(conn)
            await jobs.give_back(conn, lost)
            if looks >= _QUIET_LOOKS and await jobs.take_turn(conn):
                rescued = await jobs.rescue(conn, self.timing.stalled)
                adopted = await jobs.adopt(conn, self.timing.orphaned)
        self._looks = looks + 1
        if lost or rescued or adopted:
            log.warning("jobs.given_back", lost=sorted(lost), rescued=rescued, runs=adopted)

    async def _lost(self, conn: Connection) -> set[int]:
        """Return jobs that were not worked on twice in a row: the first time they may have been under way."""
        if self.worker is None or self.worker.worker_id is None:
            return set()
        missed = await jobs.held(conn, self.worker.worker_id) - self._at_work
        lost, self._missed = missed & self._missed, missed - self._missed
        return lost
