"""Which tasks there are, in which queue, and which of them the clock starts.

Each tick is one row in the database, so that of many workers one puts its job into the queue. A tick that nobody
was there for is made up for when a worker starts, the latest one only.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import procrastinate

from ploomes_sync.jobs.tasks import Patience, Task, Tasks
from ploomes_sync.store.connector import JobConnector
from ploomes_sync.store.jobs import SYNC_QUEUE, UPKEEP_QUEUE

if TYPE_CHECKING:
    from ploomes_sync.config import Settings
    from ploomes_sync.service.app import PloomesSync

OFF = "off"
_CATCH_UP_SECONDS = 24 * 3600.0
_WEBHOOK_HEALTH = "17 * * * *"
_CACHE_CLEANUP = "*/10 * * * *"
_RETENTION = "40 4 * * *"
_SUBMITTING = "scheduled"
"""The lock of jobs that ask for a sync: the engine gives them out one at a time, the older first."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A task that a cron line starts."""

    task: Task
    queue: str
    cron: str
    lock: str | None = None


def job_app(app: PloomesSync, stopping: asyncio.Event) -> procrastinate.App:
    """Return the job engine with all tasks, and with the ticks that this worker can serve."""
    tasks = Tasks(app)
    engine = procrastinate.App(
        connector=JobConnector(app.db, stopping), periodic_defaults={"max_delay": _CATCH_UP_SECONDS}
    )
    patience = Patience()
    engine.task(name="work_run", queue=SYNC_QUEUE, retry=patience)(tasks.work_run)
    engine.task(name="sync_products", queue=SYNC_QUEUE, retry=patience, pass_context=True)(tasks.sync_products)
    zone = ZoneInfo(app.settings.schedule_timezone)
    for tick in ticks(tasks, app.settings):
        if tick.cron != OFF and tick.queue in queues(app):
            _register(engine, tick, patience, zone)
    return engine


def ticks(tasks: Tasks, settings: Settings) -> tuple[Tick, ...]:
    """Return everything that happens by the clock.

    The complete walk comes first and has its run before a sync of what changed that is due at the same moment
    asks for one: that joins it. The other way round everything would be read twice.
    """
    return (
        Tick(tasks.complete_walk, SYNC_QUEUE, settings.complete_schedule, lock=_SUBMITTING),
        Tick(tasks.scheduled_sync, SYNC_QUEUE, settings.sync_schedule, lock=_SUBMITTING),
        Tick(tasks.webhook_health, SYNC_QUEUE, _WEBHOOK_HEALTH),
        Tick(tasks.cache_cleanup, UPKEEP_QUEUE, _CACHE_CLEANUP),
        Tick(tasks.retention, UPKEEP_QUEUE, _RETENTION),
    )


def queues(app: PloomesSync) -> tuple[str, ...]:
    """Return the queues that this worker takes jobs from: without a key none that ask Ploomes."""
    return (UPKEEP_QUEUE,) if app.parts is None else (SYNC_QUEUE, UPKEEP_QUEUE)


def _register(engine: procrastinate.App, tick: Tick, patience: Patience, zone: ZoneInfo) -> None:
    name = tick.task.__name__
    # The queueing lock: while one waits, further ticks add none.
    declared = engine.task(name=name, queue=tick.queue, retry=patience, queueing_lock=name, lock=tick.lock)
    task = declared(tick.task)
    engine.periodic_registry.register_task(task, cron=tick.cron, periodic_id="", configure_kwargs={})
    # The engine reads cron lines in UTC unless its iterator has been given a time zone.
    engine.periodic_registry.periodic_tasks[name, ""].croniter.set_current(datetime.now(zone))
