"""The monitor: one snapshot of the installation and of this process, from which all that is told is made."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ploomes_sync.bootstrap import load_profile
from ploomes_sync.config import Settings
from ploomes_sync.domain.health import HealthLimits, judge
from ploomes_sync.domain.profile import segment_names
from ploomes_sync.domain.search import Facets
from ploomes_sync.domain.series import SERIES, aligned, check_span, figures_of, history_of
from ploomes_sync.domain.status import DatabaseStatus, ErrorStat, Health, Level, MetricHistory, SystemStatus
from ploomes_sync.embedded import default_data_dir
from ploomes_sync.errors import SyncError
from ploomes_sync.resilience.pace import Pace
from ploomes_sync.service import monitor_samples
from ploomes_sync.service.monitor_reading import Reading, error_stats, next_sync, read
from ploomes_sync.store import metrics, search
from ploomes_sync.store.db import Database
from ploomes_sync.store.metrics import Sample
from ploomes_sync.store.migrate import migrations
from ploomes_sync.telemetry import Log
from ploomes_sync.telemetry.process import ProcessWatch

if TYPE_CHECKING:
    from ploomes_sync.cache.catalogue import Catalogue
    from ploomes_sync.engine.parts import Parts

log = Log("product-sync:monitor")
PATIENCE = 1.5
"""Seconds that whoever asks waits for PostgreSQL before the last snapshot is told."""
_FRESH = 1.0
"""Seconds for which a reading serves everybody who asks."""
_KEPT = 240
"""Samples that wait for PostgreSQL to come back: an hour of them."""


class Monitor:
    """Tells how everything stands; open it with `open_monitor`."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        *,
        parts: Parts | None,
        catalogue: Catalogue | None,
        watch: ProcessWatch,
    ) -> None:
        self._db = db
        self._settings = settings
        self._catalogue = catalogue
        self._watch = watch
        self._configured = parts is not None or settings.api_key is not None
        self._segments = segment_names(parts.profile if parts else load_profile(settings.profile))
        self._pace = Pace(settings.rate_limit, settings.rate_burst, settings.rate_reserve)
        self._schedules = (settings.sync_schedule, settings.complete_schedule)
        hours = settings.incremental_hours
        self._limits = HealthLimits(late_hours=1.1 * hours, covered_hours=2 * hours)
        self._reading: Reading | None = None
        self._trouble: str | None = "PostgreSQL has not been asked yet."
        self._task: asyncio.Task[None] | None = None
        self._pending: deque[Sample] = deque(maxlen=_KEPT)
        self._since = monitor_samples.Since()
        self._since.take(monitor_samples.sums())

    async def status(self) -> SystemStatus:
        """Return the snapshot, not older than a second; when PostgreSQL is away the last one, marked as stale."""
        await self._refresh()
        return self.latest()

    async def health(self) -> Health:
        """Judge the snapshot part by part."""
        return judge(await self.status(), self._limits)

    def exposition(self) -> bytes:
        """Return the figures of the latest snapshot, and what this process counts, as Prometheus reads them."""
        from ploomes_sync.service.monitor_prometheus import render

        return render(self.latest())

    async def error_stats(self, hours: float = 24) -> tuple[ErrorStat, ...]:
        """Return what failed in these hours by class and endpoint, with what to do next."""
        async with self._db.transaction() as conn:
            return await error_stats(conn, datetime.now(UTC) - timedelta(hours=hours))

    async def history(self, names: Sequence[str], since: datetime, step: int) -> MetricHistory:
        """Return these series, or all, one point each `step` seconds; raises ValueError for what is no chart.

        Steps that are no whole hours reach back two days, whole hours 90 days.
        """
        now = datetime.now(UTC)
        check_span(since, now, step)
        start = aligned(since, step)
        wanted = names or sorted(SERIES)
        figures = figures_of(wanted)
        async with self._db.transaction() as conn:
            sums = await metrics.history(conn, figures, start, step)
        return history_of(wanted, start, step, now, sums)

    async def sample(self) -> None:
        """Measure, and write down what waits to be written unless PostgreSQL is away."""
        status = await self.status()
        done = monitor_samples.sums() | monitor_samples.cache_sums(status)
        figures = self._since.take(done) | monitor_samples.gauges(status)
        self._watch.calm()
        self._pending.append(Sample(status.generated_at, figures))
        if status.stale:
            return
        async with self._db.transaction() as conn:
            await metrics.write(conn, self._watch.instance, list(self._pending))
        self._pending.clear()

    def latest(self) -> SystemStatus:
        """Return the snapshot that was read last, with how the process stands now."""
        now = datetime.now(UTC)
        reading, trouble = self._reading, self._trouble
        database = reading.database if reading else DatabaseStatus()
        pool = self._db.pool_status()
        status = SystemStatus(
            **(reading.stored if reading else {}),
            generated_at=now,
            read_at=reading.at if reading else None,
            age_seconds=_seconds(reading.at if reading else None, now),
            stale=trouble is not None,
            version=version("ploomes-sync"),
            schema_expected=migrations()[-1].version,
            source_configured=self._configured,
            next_sync_at=next_sync(self._schedules, self._settings.schedule_timezone, now),
            covered_seconds=_seconds(reading.stored["covered_at"] if reading else None, now),
            cache=self._catalogue.stats() if self._catalogue else None,
            database=msgspec.structs.replace(database, ok=trouble is None, error=trouble, pool=pool),
            process=self._watch.look(),
        )
        parts = judge(status, self._limits).parts
        warnings = tuple(part.reason for part in parts if part.level is not Level.OK)
        return msgspec.structs.replace(status, warnings=warnings)

    async def work(self, interval: float) -> None:
        """Take a sample each `interval` seconds, for ever, whatever a single one meets."""
        await self._refresh()
        while True:
            await asyncio.sleep(interval)
            try:
                await self.sample()
            except Exception as error:  # the history goes on after whatever a sample has met
                log.warning("sample.failed", error=str(error), exc_info=not isinstance(error, SyncError))

    async def close(self) -> None:
        """End a reading that is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _refresh(self) -> None:
        """Read anew, together with whoever else asks; a reading that hangs goes on behind the last snapshot."""
        if self._task is None or self._task.done():
            age = _seconds(self._reading.at if self._reading else None, datetime.now(UTC))
            if age is not None and age < _FRESH and self._trouble is None:
                return
            self._task = asyncio.create_task(self._read())
        task = self._task
        await asyncio.wait({task}, timeout=PATIENCE)
        if task.done():
            task.result()
        else:
            self._trouble = f"PostgreSQL did not answer within {PATIENCE:g} s."

    async def _read(self) -> None:
        try:
            self._reading = await read(self._db, self._pace, await self._counts())
            self._trouble = None
        except SyncError as error:
            self._trouble = str(error)

    async def _counts(self) -> Facets:
        """Count the products; the cache knows whether they have changed."""
        if self._catalogue is not None:
            return (await self._catalogue.counts()).value
        async with self._db.transaction() as conn:
            return await search.segment_counts(conn, self._segments)


@asynccontextmanager
async def open_monitor(
    db: Database,
    settings: Settings,
    parts: Parts | None = None,
    catalogue: Catalogue | None = None,
    *,
    role: str = "library",
    sampling: bool = True,
) -> AsyncIterator[Monitor]:
    """Open the monitor; it keeps the history of this process while the block runs, if it is `sampling`.

    `role` is what the process is: serve, worker, library or cli.
    """
    watch = ProcessWatch(role, _folder(settings))
    monitor = Monitor(db, settings, parts=parts, catalogue=catalogue, watch=watch)
    tasks = []
    if sampling and settings.metrics_interval:
        tasks = [asyncio.create_task(watch.feel()), asyncio.create_task(monitor.work(settings.metrics_interval))]
    try:
        yield monitor
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await monitor.close()


def unreachable(settings: Settings, reason: str) -> Health:
    """Judge an installation whose database cannot be opened."""
    now = datetime.now(UTC)
    process = ProcessWatch("cli", _folder(settings)).look()
    status = SystemStatus(generated_at=now, stale=True, database=DatabaseStatus(error=reason), process=process)
    return judge(status, HealthLimits())


def _folder(settings: Settings) -> Path:
    return settings.data_dir or (default_data_dir() if settings.database_url is None else Path.cwd())


def _seconds(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else round((now - since).total_seconds(), 3)
