"""The app object: everything that a caller may ask of the service, over one database and one account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from ploomes_sync.bootstrap import load_profile, missing_key, open_engine, open_store
from ploomes_sync.cache.answer import Answer
from ploomes_sync.cache.catalogue import Catalogue, open_catalogue
from ploomes_sync.config import Settings
from ploomes_sync.domain.cache import CacheStats
from ploomes_sync.domain.history import LogPage, LogQuery, MissingProduct, RunEvent, entry
from ploomes_sync.domain.product import ProductDetail
from ploomes_sync.domain.quarantine import QuarantinePage
from ploomes_sync.domain.run import Run, Strategy, Submission, SyncRequest
from ploomes_sync.domain.search import Categories, Facets, SearchPage, SearchQuery
from ploomes_sync.domain.status import ErrorStat, Health, SystemStatus
from ploomes_sync.domain.strategy import REAL_TIME_IDS
from ploomes_sync.engine import execute, submit
from ploomes_sync.engine.parts import Observe, Parts, ignore
from ploomes_sync.engine.plan import check_request
from ploomes_sync.ploomes.client import Transport
from ploomes_sync.service import watch
from ploomes_sync.service.monitor import Monitor, open_monitor
from ploomes_sync.store import history, quarantine
from ploomes_sync.store.db import Database
from ploomes_sync.telemetry import traces

LIBRARY = "library"
POOL = 12
"""Connections: runs of a worker, reads of the API and the loops beside them."""


@dataclass(frozen=True, slots=True)
class PloomesSync:
    """The service; open it with `open_app`. `parts` is None without a key to Ploomes: then only reads work."""

    settings: Settings
    db: Database
    parts: Parts | None
    catalogue: Catalogue
    monitor: Monitor

    def engine(self) -> Parts:
        """Return what a sync needs; raises SettingsError without a key to Ploomes."""
        if self.parts is None:
            raise missing_key()
        return self.parts

    async def submit(self, request: SyncRequest, *, idempotency_key: str | None = None) -> Submission:
        """Queue a sync for a worker, or join the one that does the same; Ploomes is not asked anything here."""
        parts = self.engine()
        check_request(request, parts.profile, parts.rules)
        return await submit.submit(self.db, request, idempotency_key=idempotency_key)

    async def sync(self, request: SyncRequest, observe: Observe = ignore) -> Run:
        """Do what is asked in this process and return the run."""
        return await execute.sync(self.engine(), request, observe)

    async def preview(self, request: SyncRequest) -> Run:
        """Tell what a sync would change, without writing anything."""
        return await execute.preview(self.engine(), request)

    async def run(self, run_id: UUID) -> Run:
        """Return a run as it stands; raises UnknownRunError when there is none of that id."""
        return await submit.find(self.db, run_id)

    async def wait(self, run_id: UUID, seconds: float) -> Run:
        """Return the run once it has ended, or as it stands after so many seconds."""
        return await watch.wait(self.db, run_id, seconds)

    def watch(self, run_id: UUID, after: int = 0) -> AsyncIterator[RunEvent]:
        """Tell how a run goes until it has ended, whichever process works on it; `after` is the last id seen."""
        return watch.watch(self.db, run_id, after)

    async def cancel(self, run_id: UUID) -> Run:
        """End a run; what it has written stays. Raises RunStateError when it has ended already."""
        return await submit.cancel(self.db, run_id)

    async def confirm(self, run_id: UUID, allow_deletes: int | None = None) -> Run:
        """Queue a run whose deletions wait for a person; raises RunStateError when it does not wait."""
        self.engine()
        return await submit.confirm(self.db, run_id, allow_deletes)

    async def missing(self, run_id: UUID, after: int = 0, limit: int = 1000) -> list[MissingProduct]:
        """Return the products that a held deletion would remove, by rising id above `after`."""
        await submit.find(self.db, run_id)
        async with self.db.transaction() as conn:
            return await history.missing(conn, run_id, after, limit)

    async def logs(self, query: LogQuery) -> LogPage:
        """Return one page of the history of runs."""
        async with self.db.transaction() as conn:
            found, following = await history.recent(conn, query)
        now = datetime.now(UTC)
        return LogPage(items=[entry(run, now) for run in found], next=following)

    async def quarantined(self, *, limit: int = 50, after: int = 0) -> QuarantinePage:
        """Return one page of the records that could not be stored, oldest first."""
        async with self.db.transaction() as conn:
            return await quarantine.page(conn, limit, after)

    async def retry_quarantine(self, ids: Sequence[int] | None = None) -> Submission | None:
        """Queue a sync of the products behind these parked records, or behind all of them.

        Returns None when none of them has an id to ask for: a complete walk meets those again.
        """
        async with self.db.transaction() as conn:
            products = await quarantine.products(conn, ids)
        if not products:
            return None
        strategy = Strategy.REAL_TIME if len(products) <= REAL_TIME_IDS else Strategy.INCREMENTAL
        return await self.submit(SyncRequest(strategy=strategy, ids=products, origin="quarantine"))

    async def product(self, key: str) -> Answer[ProductDetail] | None:
        """Return one product by Ploomes' id or by code, deleted ones too; None when there is none."""
        return await self.catalogue.product(key)

    async def search(self, query: SearchQuery) -> Answer[SearchPage]:
        """Return one page of a search."""
        return await self.catalogue.search(query)

    async def facets(self, query: SearchQuery) -> Answer[Facets]:
        """Count what a whole search finds."""
        return await self.catalogue.facets(query)

    async def categories(self) -> Answer[Categories]:
        """Return the categories with their counts."""
        return await self.catalogue.categories()

    async def status(self) -> SystemStatus:
        """Tell how the installation and this process stand."""
        return await self.monitor.status()

    async def health(self) -> Health:
        """Tell whether all is well, part by part."""
        return await self.monitor.health()

    async def error_stats(self, hours: float = 24) -> tuple[ErrorStat, ...]:
        """Count the failures of the last hours by class and endpoint, with what to do about each class."""
        return await self.monitor.error_stats(hours)

    def cache_stats(self) -> CacheStats:
        """Count what this process has been asked, and what its cache holds."""
        return self.catalogue.stats()


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    stopping: asyncio.Event | None = None,
    database: str | None = None,
    transport: Transport | None = None,
    warm: bool = True,
    role: str = LIBRARY,
) -> AsyncIterator[PloomesSync]:
    """Open the service; `stopping`, once set, makes its runs give back at their next page.

    `database` names another database of the embedded server, `transport` another way to Ploomes. Without `warm`
    the cache fills with what is asked only. `role` is what the process is: a library keeps no history of itself.
    """
    profile = load_profile(settings.profile)
    async with AsyncExitStack() as stack:
        stack.enter_context(traces.exporting(settings.traces_endpoint))
        db = await stack.enter_async_context(open_store(settings, database=database, pool_size=POOL))
        parts = None
        if settings.api_key is not None:
            engine = open_engine(settings, db, profile, stopping or asyncio.Event(), transport=transport)
            parts = await stack.enter_async_context(engine)
        catalogue = await stack.enter_async_context(open_catalogue(db, profile, warm=warm and settings.warm_cache))
        watching = open_monitor(db, settings, parts, catalogue, role=role, sampling=role != LIBRARY)
        monitor = await stack.enter_async_context(watching)
        yield PloomesSync(settings, db, parts, catalogue, monitor)
