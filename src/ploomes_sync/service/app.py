"""The app object: everything that a caller may ask of the service, over one database and one account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from ploomes_sync.bootstrap import load_profile, missing_key, open_engine, open_store
from ploomes_sync.cache.answer import Answer
from ploomes_sync.cache.catalogue import Catalogue, open_catalogue
from ploomes_sync.config import Settings
from ploomes_sync.domain.cache import CacheStats
from ploomes_sync.domain.changes import ChangeKind, ChangePage, ChangeQuery
from ploomes_sync.domain.explain import Explanation
from ploomes_sync.domain.history import LogPage, LogQuery, MissingProduct, RunDetail, RunEvent, entry
from ploomes_sync.domain.page import Reject
from ploomes_sync.domain.product import ProductDetail, StoredRecord
from ploomes_sync.domain.quality import Check, QualityCheck, QualityItem, QualityPage
from ploomes_sync.domain.quarantine import QuarantinedPayload, QuarantineGroup, QuarantinePage
from ploomes_sync.domain.run import PlanPreview, Run, Strategy, Submission, SyncRequest
from ploomes_sync.domain.search import Categories, Facets, SearchPage, SearchQuery
from ploomes_sync.domain.status import ErrorStat, Health, SystemStatus, Totals
from ploomes_sync.domain.strategy import REAL_TIME_IDS
from ploomes_sync.engine import execute, submit
from ploomes_sync.engine.parts import Observe, Parts, ignore
from ploomes_sync.engine.plan import check_request
from ploomes_sync.engine.preview import preview_plan
from ploomes_sync.ploomes.client import Transport
from ploomes_sync.service import quality, record, story, watch
from ploomes_sync.service.exports import ExportFormat, Lang, export
from ploomes_sync.service.monitor import Monitor, open_monitor
from ploomes_sync.store import history, quarantine, runs
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

    async def plan(self, request: SyncRequest) -> PlanPreview:
        """Tell how a sync would read Ploomes, why, and what that costs; makes no run, asks Ploomes for a count."""
        return await preview_plan(self.engine(), request)

    async def preview(self, request: SyncRequest) -> Run:
        """Tell what a sync would change, without writing anything."""
        return await execute.preview(self.engine(), request)

    async def run(self, run_id: UUID) -> Run:
        """Return a run as it stands; raises UnknownRunError when there is none of that id."""
        return await submit.find(self.db, run_id)

    async def run_detail(self, run_id: UUID) -> RunDetail:
        """Return a run with what it changed and rejected; raises UnknownRunError when there is none of that id."""
        return await story.run_detail(self.db, run_id)

    async def open_parts(self, run_id: UUID) -> int:
        """Count the stretches of the id space that a run has still to read, side by side."""
        async with self.db.transaction() as conn:
            return sum(not part.done for part in await runs.parts(conn, run_id))

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

    async def quarantined(
        self, *, limit: int = 50, after: int = 0, reason: str | None = None, run_id: UUID | None = None
    ) -> QuarantinePage:
        """Return one page of the records that could not be stored, oldest first: all, of a reason, of a run."""
        async with self.db.transaction() as conn:
            return await quarantine.page(conn, limit, after, reason=reason, run_id=run_id)

    async def quarantined_record(self, record_id: int) -> QuarantinedPayload | None:
        """Return one record that could not be stored with its payload; None when there is none of that id."""
        async with self.db.transaction() as conn:
            return await quarantine.find_parked(conn, record_id)

    async def quarantine_groups(self, run_id: UUID | None = None) -> tuple[QuarantineGroup, ...]:
        """Count the records that could not be stored by reason, most frequent first: all, or of a run."""
        async with self.db.transaction() as conn:
            return await quarantine.groups(conn, run_id)

    async def retry_quarantine(
        self, ids: Sequence[int] | None = None, reason: str | None = None
    ) -> Submission | None:
        """Queue a sync of the products behind these parked records, behind those of a reason, or behind all.

        Returns None when none of them has an id to ask for: a complete walk meets those again.
        """
        async with self.db.transaction() as conn:
            products = await quarantine.products(conn, ids, reason)
        if not products:
            return None
        strategy = Strategy.REAL_TIME if len(products) <= REAL_TIME_IDS else Strategy.INCREMENTAL
        return await self.submit(SyncRequest(strategy=strategy, ids=products, origin="quarantine"))

    async def product(self, key: str) -> Answer[ProductDetail] | None:
        """Return one product by Ploomes' id or by code, deleted ones too; None when there is none."""
        return await self.catalogue.product(key)

    async def record(self, ploomes_id: str) -> StoredRecord | None:
        """Return the record that a product was made of, as Ploomes sent it; None when there is none."""
        return await record.find(self.db, ploomes_id)

    async def explain(self, ploomes_id: str) -> Explanation | Reject | None:
        """Tell why a product is classified as it is; Reject when its record cannot be read by today's program."""
        return await record.explain(self.db, load_profile(self.settings.profile), ploomes_id)

    async def history(self, key: str, *, limit: int = 50, cursor: str | None = None) -> ChangePage | None:
        """Return what changed in one product, by Ploomes' id or by code, newest first; None when there is none."""
        query = ChangeQuery(limit=limit, cursor=cursor)
        answer = await self.catalogue.product(key)
        if answer is None:
            return None
        return await story.of_product(self.db, int(answer.value.ploomes_product_id), query)

    async def changes(
        self,
        *,
        since: datetime | None = None,
        columns: Sequence[str] = (),
        run_id: UUID | None = None,
        kind: ChangeKind | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> ChangePage:
        """Return what changed, newest first, or from `since` on oldest first, to be followed without a gap.

        Raises ValueError when a value makes no sense.
        """
        query = ChangeQuery(
            since=since, columns=tuple(columns), run_id=run_id, kind=kind, limit=limit, cursor=cursor
        )
        return await story.changes(self.db, query)

    async def quality(self) -> tuple[QualityCheck, ...]:
        """Count what is wrong with the products that may be sold, fault by fault."""
        return (await self.catalogue.quality()).value.checks

    async def quality_list(self, key: Check, *, limit: int = 50, cursor: str | None = None) -> QualityPage:
        """Return one page of the products with a fault; raises ValueError when a value makes no sense."""
        return await quality.page(self.db, key, limit, cursor)

    def quality_rows(self, key: Check) -> AsyncIterator[QualityItem]:
        """Tell all products with a fault, one after the other."""
        return quality.rows(self.db, key)

    def quality_export(self, key: Check, sort: ExportFormat, lang: Lang = Lang.PT) -> AsyncIterator[bytes]:
        """Write all products with a fault into a file, piece by piece."""
        zone = ZoneInfo(self.settings.schedule_timezone)
        return export(quality.pages(self.db, key), sort, lang, zone)

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

    async def totals(self) -> Totals:
        """Count the products, against a day ago as far as that is known."""
        return (await self.monitor.status()).totals

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
