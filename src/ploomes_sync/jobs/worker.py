"""A worker: takes jobs, fetches what webhooks have named, and takes up what dead workers have left behind.

Any number of workers may run, in any processes on any machines. A job only says "go on with run N"; who may write
for a run, and where it stands, are matters of the run's lease and cursors.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from procrastinate.worker import Worker

from ploomes_sync.engine import webhooks
from ploomes_sync.jobs.lookout import Lookout, Timing
from ploomes_sync.jobs.loops import repeat
from ploomes_sync.jobs.said import bridged
from ploomes_sync.jobs.schedule import job_app, queues
from ploomes_sync.telemetry import Log

if TYPE_CHECKING:
    from ploomes_sync.service.app import PloomesSync

log = Log("product-sync:jobs")

CONCURRENCY = 4
"""Jobs at once: a product that is needed now shall not wait behind a walk of everything."""
GRACE_SECONDS = 20.0
"""How long runs may take to give back at their next page, before they are cut off."""
_NEVER = 365 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class _Crew:
    """One worker's application object, what it looks out for, and how much it does at once."""

    app: PloomesSync
    lookout: Lookout
    concurrency: int
    stopping: asyncio.Event


async def run_worker(
    app: PloomesSync,
    stopping: asyncio.Event,
    *,
    concurrency: int = CONCURRENCY,
    timing: Timing | None = None,
) -> None:
    """Work until `stopping` is set; then runs give back at their next page, and it ends within seconds.

    It goes on through failures of Ploomes and PostgreSQL. A worker without a key to Ploomes does upkeep only.
    """
    chosen = timing or Timing()
    crew = _Crew(app, Lookout(app.db, chosen), concurrency, stopping)
    log.info("worker.started", queues=queues(app), concurrency=concurrency)
    with bridged():
        async with asyncio.TaskGroup() as group:
            group.create_task(repeat("jobs", lambda: _take_jobs(crew), chosen.poll, stopping))
            group.create_task(repeat("lookout", crew.lookout.look, chosen.look, stopping))
            if (parts := app.parts) is not None:
                group.create_task(repeat("webhooks", lambda: webhooks.drain(parts), chosen.webhooks, stopping))
    log.info("worker.stopped")


async def _take_jobs(crew: _Crew) -> None:
    """Take jobs until asked to stop; returns early when the engine has given up, to be begun anew."""
    lookout, app = crew.lookout, crew.app
    worker = Worker(
        job_app(app, crew.stopping),
        queues=list(queues(app)),
        concurrency=crew.concurrency,
        fetch_job_polling_interval=lookout.timing.poll,
        # Nothing aborts jobs: a run is cancelled in its own row.
        abort_job_polling_interval=_NEVER,
        shutdown_graceful_timeout=GRACE_SECONDS,
        listen_notify=False,
        install_signal_handlers=False,
        update_heartbeat_interval=lookout.timing.heartbeat,
        # The lookout gives jobs back; a worker that merely slept must still find its row.
        stalled_worker_timeout=_NEVER,
        worker_middleware=[lookout.tracked],
    )
    lookout.worker = worker
    working = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]  # the engine has no type here
    asked = asyncio.create_task(crew.stopping.wait())
    try:
        await asyncio.wait({working, asked}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
        if not working.done() and app.parts is not None:
            app.parts.stopping.set()
        worker.stop()  # type: ignore[no-untyped-call]  # the engine has no type here
        await working
