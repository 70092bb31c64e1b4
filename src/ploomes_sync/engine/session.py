"""One run being worked on by this process: its lease, what it has done, and how a page is committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from http import HTTPStatus

import msgspec
import structlog

from ploomes_sync.domain.context import Context
from ploomes_sync.domain.lookups import lacks_words
from ploomes_sync.domain.page import Batch, Page
from ploomes_sync.domain.record import leading_id
from ploomes_sync.domain.run import Outcome, Part, Plan, Run, RunStatus
from ploomes_sync.domain.transform import PageReader
from ploomes_sync.engine.lookups import LookupTables
from ploomes_sync.engine.parts import Observe, Parts, Progress, rest
from ploomes_sync.engine.reading import reading
from ploomes_sync.errors import (
    LeaseLostError,
    RateLimitedError,
    RequestError,
    SourceDownError,
    SourceTimeoutError,
    SyncError,
)
from ploomes_sync.ploomes.client import Attempt, PloomesClient
from ploomes_sync.resilience.tuner import Step, Trouble, Tuner
from ploomes_sync.store import failures, products, runs
from ploomes_sync.store.db import Connection
from ploomes_sync.store.products import Span
from ploomes_sync.store.runs import Lease
from ploomes_sync.telemetry import Log, metrics, traces

log = Log("product-sync:engine")
FIRST_ROWS = 1000
"""Asked for first when no page size is set: Ploomes cuts it to what it serves, and so tells its cap."""
_AT_ONCE = 10
"""Records that are read in one go, a millisecond's work: what PostgreSQL answers meanwhile waits for no more."""
Write = Callable[[Connection], Awaitable[Outcome]]


class Held:
    """A run that this process has claimed, planned or not: its lease, and the requests not yet recorded."""

    def __init__(self, parts: Parts, run: Run, tables: LookupTables, observe: Observe) -> None:
        self.parts = parts
        self.run = run
        self.lease = Lease(run.id, parts.owner, parts.limits.lease_seconds)
        self.tables = tables
        self.client: PloomesClient = tables.client
        self.outcome = run.outcome
        self.expected = run.plan.expected if run.plan else None
        self.width = 1
        self._observe = observe

    async def record_requests(self, conn: Connection) -> None:
        """Record requests that no page has recorded: those of planning and of failed attempts."""
        asked = self.client.meter.unsettled()
        await runs.advance(conn, self.lease, asked.outcome(), self._errors())
        await failures.record(conn, asked.failures)
        self.client.meter.settle(asked)

    def _errors(self) -> dict[str, int]:
        return (self.run.outcome + Outcome(errors=self.client.meter.errors())).errors

    async def rest(self, seconds: float) -> None:
        """Wait, but no longer than until the process is asked to stop."""
        await rest(seconds, self.parts.stopping)

    def result(self, status: RunStatus) -> Run:
        """Return the run as it stands, for a caller who gets no stored one."""
        meter = self.client.meter
        outcome = self.outcome + meter.unsettled().outcome() + Outcome(errors=meter.errors())
        return msgspec.structs.replace(self.run, status=status, outcome=outcome)

    def tell(self, note: str = "") -> None:
        """Let the observer see where the run stands."""
        self._observe(Progress(self.run, self.outcome, self.expected, self.width, note))


class Session(Held):
    """Commits what a planned run does, one transaction a page.

    With `preview` set nothing is written: pages are only held against the mirror.
    """

    def __init__(self, parts: Parts, run: Run, plan: Plan, tables: LookupTables, observe: Observe) -> None:
        super().__init__(parts, run, tables, observe)
        self.plan = plan
        self.expected = plan.expected
        self.tuner = Tuner(parts.limits.concurrency, parts.limits.page_rows or FIRST_ROWS)
        if parts.limits.page_rows is None and parts.vendor.page_cap is not None:
            self.tuner.cap_rows(parts.vendor.page_cap)
        self._steps: list[Step] = []
        self.client.observe = self._learn
        if plan.expected is not None:
            self.client.counts = True
        self.preview = False
        self._context: Context | None = None
        self._writer = asyncio.Lock()

    def _learn(self, attempt: Attempt) -> None:
        """Let the tuner learn from a request, and keep what it decides for the run's log."""
        match attempt.error:
            case None:
                steps = self.tuner.answered(attempt.seconds, attempt.size)
            case RateLimitedError():
                steps = self.tuner.troubled(Trouble.RATE_LIMITED)
            case SourceTimeoutError():
                steps = self.tuner.troubled(Trouble.TIMED_OUT)
            case SourceDownError():
                steps = self.tuner.troubled(Trouble.FAILED)
            case RequestError(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
                steps = self.tuner.troubled(Trouble.TOO_LARGE)
            case _:
                steps = []
        for step in steps:
            log.info("tuner.step", **asdict(step))
            metrics.TUNER_STEPS.labels(step.what, "up" if step.after > step.before else "down").inc()
        self._steps += steps

    async def transform(self, page: Page) -> Batch:
        """Read what is new of the page with the profile and the lookup tables, waiting for these if need be."""
        lookups = await self.tables.get()
        if not self.plan.complete and lacks_words(page.records, lookups):
            lookups = await self.tables.renew(self.plan.lane)
        if self._context is None or self._context.lookups is not lookups:
            self._context = reading(self.parts.profile, lookups)
        async with self.parts.db.transaction() as conn:
            stored = await products.raw_digests(conn, [i for i in map(leading_id, page.records) if i is not None])
        reader = PageReader(self._context, stored)
        for start in range(0, len(page.records), _AT_ONCE):
            reader.read(page.records[start : start + _AT_ONCE])
            await asyncio.sleep(0)
        return reader.batch(page.requested_at)

    async def commit_page(self, batch: Batch, span: Span | None, parts: Sequence[Part]) -> None:
        """Store the page's rows, its proof of absence and the cursors behind it, all or nothing."""
        if self.preview:
            await self._compare(batch, span)
            return

        async def write(conn: Connection) -> Outcome:
            outcome = await products.write_batch(conn, self.run.id, batch)
            await runs.suspect(conn, self.run.id, await self._missing(conn, batch, span))
            for part in parts:
                await runs.save_part(conn, self.run.id, part)
            return outcome + Outcome(pages=1)

        with traces.span("page", rows=len(batch.items), rejects=len(batch.rejects)):
            await self.commit(write)

    async def _missing(self, conn: Connection, batch: Batch, span: Span | None) -> list[int]:
        if span is None or not self.plan.complete:
            return []
        return await products.missing_from(conn, span, batch, self.plan.segments)

    async def _compare(self, batch: Batch, span: Span | None) -> None:
        """Count what writing the page would change, without writing anything."""
        async with self.parts.db.transaction() as conn:
            comparison = await products.compare(conn, batch)
            missing = await self._missing(conn, batch, span)
        changed = frozenset[int](item.id for item in comparison.changed)
        counted = Outcome(
            pages=1,
            fetched=batch.size,
            rejected=len(batch.rejects),
            deleted=len(missing),
        )
        asked = self.client.meter.unsettled()
        self.client.meter.settle(asked)
        self.outcome = self.outcome + comparison.outcome(changed) + counted + asked.outcome()
        self.tell()

    async def commit(self, write: Write) -> None:
        """Run `write` and record its outcome with the run in one transaction.

        Raises LeaseLostError, and writes nothing, when another process has taken the run over.
        """
        async with self._writer:
            asked = self.client.meter.unsettled()
            steps = tuple(self._steps)
            async with self.parts.db.transaction() as conn:
                done = await write(conn) + asked.outcome()
                await runs.advance(conn, self.lease, done, self._errors())
                await failures.record(conn, asked.failures)
                for step in steps:
                    await runs.append_event(conn, self.run.id, "tuner.step", asdict(step))
            del self._steps[: len(steps)]
            self.client.meter.settle(asked)
            self.outcome = self.outcome + done
        metrics.count_outcome(done)
        self.tell()

    async def preview_ids(self, batch: Batch, gone: Sequence[int]) -> None:
        """Count what reading these products by id would change."""
        await self._compare(batch, None)
        async with self.parts.db.transaction() as conn:
            deleted = await products.count_alive(conn, gone)
        self.outcome = self.outcome + Outcome(deleted=deleted)

    def refresh_tables(self) -> None:
        """Begin to read the lookup tables afresh."""
        self.tables.refresh(self.plan.lane)


@asynccontextmanager
async def heartbeat(held: Held) -> AsyncIterator[None]:
    """Renew the lease while the block works; LeaseLostError ends it when another process took the run.

    Log lines and spans of the block carry the run's id.
    """
    run_id = str(held.run.id)
    with structlog.contextvars.bound_contextvars(run_id=run_id), traces.span("run", run_id=run_id):
        async with _beating(held):
            yield


@asynccontextmanager
async def _beating(held: Held) -> AsyncIterator[None]:
    worker = asyncio.current_task()
    beat = asyncio.create_task(_beat(held))

    def interrupt(ended: asyncio.Task[None]) -> None:
        if worker is not None and not ended.cancelled():
            worker.cancel()

    beat.add_done_callback(interrupt)
    try:
        yield
    except asyncio.CancelledError:
        if beat.done() and not beat.cancelled():
            if worker is not None:
                worker.uncancel()
            raise LeaseLostError("Another process has taken over this run.") from beat.exception()
        raise
    finally:
        beat.remove_done_callback(interrupt)
        beat.cancel()
        await asyncio.gather(beat, return_exceptions=True)


async def _beat(held: Held) -> None:
    """Renew the lease for ever; raises LeaseLostError when another process has taken the run over."""
    while True:
        await asyncio.sleep(held.lease.seconds / 3)
        try:
            async with held.parts.db.transaction() as conn:
                await runs.renew(conn, held.lease)
        except LeaseLostError:
            raise
        except SyncError as error:
            log.warning("lease.not_renewed", error=str(error))
