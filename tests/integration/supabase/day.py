"""A day of the whole service in a few seconds: every kind of question that it asks its database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from integration.jobs.shop import Shop, shop
from ploomes_sync.domain.history import LogQuery
from ploomes_sync.domain.product import Kind, ProductId
from ploomes_sync.domain.quality import Check
from ploomes_sync.domain.run import RunStatus, Strategy, SyncRequest
from ploomes_sync.domain.search import SearchQuery, Sort
from ploomes_sync.domain.webhook import Change, Event
from ploomes_sync.errors import ErrorClass
from ploomes_sync.jobs.tasks import Tasks
from ploomes_sync.store import jobs, metrics, webhooks

QUESTIONS = (
    SearchQuery(),
    SearchQuery(q="filtro de ar"),
    SearchQuery(q="compresor"),
    SearchQuery(q="CIA_LOC_1"),
    SearchQuery(q="LOC"),
    SearchQuery(sort=Sort.PRICE),
    SearchQuery(sort=Sort.PRICE_DESC),
    SearchQuery(sort=Sort.UPDATED),
    SearchQuery(type=Kind.RENTAL),
    SearchQuery(segment="rentals"),
    SearchQuery(in_stock=True, min_price=Decimal(10), max_price=Decimal(500)),
)


@asynccontextmanager
async def service(dsn: str) -> AsyncIterator[Shop]:
    """Open the service as the role with the least rights."""
    async with shop(dsn, {"DATABASE_ROLE": "catalog_sync"}, products=400) as it:
        yield it


async def spend(it: Shop) -> None:
    """Sync, fetch what webhooks name, search, look at everything, clear up."""
    it.put(it.ids()[0], Name=None)
    async with it.worker():
        await syncs(it)
        await fetches(it)
    await finds_a_run_that_waits(it)
    await reads(it)
    await looks(it)
    await clears_up(it)


async def syncs(it: Shop) -> None:
    first = await it.app.submit(SyncRequest(origin="api", strategy=Strategy.BATCH), idempotency_key="morning")
    assert (await it.ended(first.run)).status is RunStatus.PARTIAL
    again = await it.app.submit(SyncRequest(origin="api", strategy=Strategy.BATCH), idempotency_key="morning")
    assert again.run.id == first.run.id
    named = await it.app.submit(SyncRequest(origin="api", ids=tuple(it.ids()[2:5])))
    assert (await it.ended(named.run)).status is RunStatus.SUCCEEDED
    for product_id in it.ids()[300:]:
        it.simulator.delete_product(product_id)
    walk = await it.app.submit(SyncRequest(origin="api", strategy=Strategy.BATCH))
    held = await it.ended(walk.run)
    assert held.status is RunStatus.NEEDS_CONFIRMATION
    assert len(await it.app.missing(held.id)) == 100
    await it.app.status()
    assert (await it.ended(await it.app.confirm(held.id))).outcome.deleted == 100
    retried = await it.app.retry_quarantine()
    assert retried is not None
    await it.ended(retried.run)


async def finds_a_run_that_waits(it: Shop) -> None:
    """Ask for its job, as a worker does when it looks after what others have left."""
    waiting = await it.app.submit(SyncRequest(origin="api", strategy=Strategy.BATCH))
    async with it.db.transaction() as conn:
        assert await jobs.adopt(conn, 0.0) == []
    await it.app.cancel(waiting.run.id)


async def fetches(it: Shop) -> None:
    async with it.db.transaction() as conn:
        for product_id in it.ids()[5:15]:
            await webhooks.enqueue(conn, Event(ProductId(product_id), Change.UPDATED), window=0.0)
    await it.until("select not exists (select from ploomes_sync.refresh_queue)")


async def reads(it: Shop) -> None:
    page = (await it.app.search(SearchQuery(limit=20))).value
    category = next(hit.category for hit in page.items if hit.category)
    for query in (*QUESTIONS, SearchQuery(category=category), SearchQuery(limit=20, after=page.next)):
        await it.app.search(query)
    await it.app.facets(SearchQuery(q="filtro"))
    await it.app.categories()
    hit = page.items[0]
    assert hit.code is not None
    assert await it.app.product(hit.code) is not None
    assert await it.app.product(str(it.ids()[3])) is not None
    assert await it.app.product("there is none") is None


async def looks(it: Shop) -> None:
    now = datetime.now(UTC)
    page = await it.app.logs(LogQuery(limit=1))
    for query in (
        LogQuery(after=page.next),
        LogQuery(since=now - timedelta(hours=1), status=RunStatus.SUCCEEDED, strategy=Strategy.BATCH),
        LogQuery(category="rentals", error_class=ErrorClass.NETWORK, text="walk"),
    ):
        await it.app.logs(query)
    await it.app.quarantined()
    await it.app.quarantine_groups()
    await it.app.changes(columns=("base_price",))
    await it.app.changes(since=now - timedelta(hours=1))
    await it.app.history(str(it.ids()[3]))
    await it.app.run_detail(page.items[0].run_id or UUID(int=0))
    await it.app.quality()
    for key in Check:
        await it.app.quality_list(key)
    await it.app.status()
    await it.app.health()
    await it.app.error_stats()
    await it.app.monitor.history(["products", "memory_bytes"], now - timedelta(hours=1), 60)
    async with it.db.transaction() as conn:
        await jobs.recent(conn, 10, None, 60)
        await metrics.standing(conn)


async def clears_up(it: Shop) -> None:
    tasks = Tasks(it.app)
    await tasks.cache_cleanup(0)
    await tasks.retention(0)
    # Years later: what hangs on old runs and jobs goes with them.
    await it.execute("update ploomes_sync.procrastinate_events set at = at - interval '10 years'")
    await it.execute(
        "update ploomes_sync.runs set finished_at = finished_at - interval '10 years' where not covering"
    )
    await tasks.retention(0)
