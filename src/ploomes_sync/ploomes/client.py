"""Asks Ploomes: one turn of the shared budget a request, retried here and nowhere else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

import httpx2
import msgspec
import stamina
import stamina.instrumentation

from ploomes_sync.domain.page import Page
from ploomes_sync.domain.run import Lane
from ploomes_sync.domain.vendor import VendorFacts
from ploomes_sync.errors import (
    CircuitOpenError,
    ErrorClass,
    ForbiddenError,
    RateLimitedError,
    RequestError,
    SettingsError,
    SourceDownError,
    SourceGarbledError,
    SourceTimeoutError,
    StoreDownError,
    SyncError,
    TransientError,
)
from ploomes_sync.ploomes import meter, odata, wire
from ploomes_sync.ploomes.meter import Meter
from ploomes_sync.resilience.breaker import Breaker
from ploomes_sync.resilience.pace import Turn
from ploomes_sync.telemetry import Log, metrics, traces

Http = httpx2.AsyncClient
Transport = httpx2.AsyncBaseTransport

_TABLE_ROWS = 300
_FEW_ROWS = 100
"""Asked for when a server refuses more."""

log = Log("product-sync:ploomes")
# The library's own hooks would log what is retried; our log says it better and names no secret.
stamina.instrumentation.set_on_retry_hooks([])


@dataclass(frozen=True, slots=True)
class Turns:
    """How to take a turn of the account's budget, and to tell everybody how Ploomes is doing."""

    take: Callable[[Lane], Awaitable[Turn]]
    slow_down: Callable[[float], Awaitable[None]]
    trip: Callable[[float], Awaitable[None]]
    mend: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `retries` further attempts, `first_wait` seconds doubling up to `longest_wait`, plus jitter."""

    retries: int = 3
    first_wait: float = 1.0
    longest_wait: float = 8.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer, and when its request began by the clock that all processes share."""

    records: tuple[bytes, ...]
    count: int | None
    next_link: str | None
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request as it went: how long it took, how large the answer was, what went wrong."""

    seconds: float
    size: int = 0
    error: SyncError | None = None


def unobserved(_: Attempt) -> None:
    """Learn nothing from an attempt."""


Check = Callable[[Answer], None]


@dataclass(frozen=True, slots=True)
class Changes:
    """How many products changed, and the newest `LastUpdateDate` among them; None where Ploomes did not tell."""

    count: int | None
    high_water: datetime | None


@asynccontextmanager
async def open_http(
    base_url: str,
    key: str,
    *,
    read_timeout: float = 60.0,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> AsyncIterator[httpx2.AsyncClient]:
    """Open the connections to Ploomes; the key goes to that host only, since redirects are not followed."""
    if not (key.isascii() and key.isprintable()):
        # The HTTP library would quote the whole header in its error.
        raise SettingsError("PLOOME_API_KEY holds characters that no key has.")
    http = httpx2.AsyncClient(
        base_url=base_url,
        headers={"User-Key": key, "Accept": "application/json", "Accept-Encoding": "gzip"},
        timeout=httpx2.Timeout(read_timeout, connect=5.0),
        limits=httpx2.Limits(max_connections=6),
        transport=transport,
    )
    async with http:
        yield http


class PloomesClient:
    """Reads products and lookup tables for one run; counts what it asks in `meter`.

    `gate` is shared by all clients of a process: no more requests are in flight than it lets through.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        turns: Turns,
        breaker: Breaker,
        *,
        gate: asyncio.Semaphore,
        policy: RetryPolicy | None = None,
        facts: VendorFacts | None = None,
    ) -> None:
        self._http = http
        self._turns = turns
        self._breaker = breaker
        self._policy = policy or RetryPolicy()
        self._gate = gate
        self.facts = facts or VendorFacts()
        self.observe: Callable[[Attempt], None] = unobserved
        self._expand = tuple(
            name
            for name in (odata.DETAIL, *odata.OPTIONAL_DETAILS)
            if name == odata.DETAIL or name not in self.facts.refused_expansions
        )
        self.meter = Meter()
        self.counts: bool | None = None if self.facts.counts else False
        self._empty = 0
        self._trouble = "Ploomes is in trouble."

    async def products(self, query: odata.ProductQuery, lane: Lane) -> Page:
        """Fetch one page by key; a page whose cursor could skip rows is asked for again.

        Does without the optional expansions once Ploomes has refused them.
        """

        def check(answer: Answer) -> None:
            self._doubt_emptiness(answer)
            ids = wire.ids_of(answer.records)
            wire.check_order(ids, query.after, query.upto)
            wire.check_whole(answer.records, ids, answer.count, query.skip)

        asked = replace(query, expand=self._expand, count=self.facts.counts)
        try:
            answer = await self.get(odata.products_url(asked), lane, check)
        except (ForbiddenError, RequestError) as error:
            if asked.expand == (odata.DETAIL,) or _is_too_large(error):
                raise
            # Only if the page comes without them, it was the expansions that were refused.
            answer = await self.get(odata.products_url(replace(asked, expand=(odata.DETAIL,))), lane, check)
            log.warning("expand.refused", dropped=list(asked.expand[1:]), error=str(error))
            self._expand = (odata.DETAIL,)
        return Page(records=answer.records, requested_at=answer.requested_at, count=answer.count)

    async def by_ids(self, ids: Sequence[int], lane: Lane) -> Page:
        """Fetch these products in one request; what the answer lacks is not yet proven gone."""
        query = odata.ProductQuery(filter=odata.ids_filter(ids), top=len(ids))
        return await self.products(query, lane)

    async def changes(self, filter_: str | None, lane: Lane) -> Changes:
        """Count what matches and find its newest date, in one request.

        A date that cannot be read says nothing; one in the future counts as now, lest it hide every later change.
        """
        options = [("$filter", filter_)] if filter_ else []
        options += [("$orderby", "LastUpdateDate desc"), ("$top", "10"), ("$select", "Id,LastUpdateDate")]
        target = odata.url("/Products", [*options, ("$count", "true")])
        answer = await self.get(target, lane, self._doubt_emptiness)
        dates = [date for record in answer.records if (date := _date_of(record)) is not None]
        past = [date for date in dates if date <= answer.requested_at]
        return Changes(answer.count, max(past) if past else (answer.requested_at if dates else None))

    async def count(self, lane: Lane) -> int | None:
        """Return how many products there are, in one small request; None where Ploomes does not count."""
        options = [("$top", "1"), ("$select", "Id"), ("$count", "true")]
        answer = await self.get(odata.url("/Products", options), lane, self._doubt_emptiness)
        return answer.count

    async def table(self, path: str, options: Sequence[tuple[str, str]], lane: Lane) -> list[bytes]:
        """Read a whole lookup table by key."""
        rows: list[bytes] = []
        after, top = 0, self.facts.page_cap or _TABLE_ROWS
        while True:
            query = odata.table_options(options, after, min(top, _TABLE_ROWS))
            try:
                page = await self.get(odata.url(path, query), lane, self._doubt_emptiness)
            except RequestError:
                if top <= _FEW_ROWS:
                    raise
                top = _FEW_ROWS
                continue
            rows += page.records
            ids = wire.ids_of(page.records)
            if not ids or page.count == len(page.records):
                return rows
            if max(ids) <= after:
                raise SourceGarbledError(f"Ploomes sent the same page of {path} twice.")
            after = max(ids)

    async def get(self, target: str, lane: Lane, check: Check | None = None) -> Answer:
        """Send one GET, retrying what can heal.

        Raises the error of the last attempt: TransientError when waiting may help, PermanentError when not.
        """
        policy = self._policy
        attempts = stamina.retry_context(
            on=_healing,
            attempts=policy.retries + 1,
            timeout=None,
            wait_initial=policy.first_wait,
            wait_max=policy.longest_wait,
            wait_jitter=policy.first_wait / 2,
        )
        async for attempt in attempts:
            with attempt:
                if attempt.num > 1:
                    self.meter.repeat()
                return await self._attempt(target, lane, check)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _attempt(self, target: str, lane: Lane, check: Check | None) -> Answer:
        async with self._gate:
            if wait := self._breaker.wait(time.monotonic()):
                raise CircuitOpenError(f"{self._trouble} It failed repeatedly; next try in {wait:.0f} s.", wait)
            started = time.monotonic()
            try:
                turn = await self._turns.take(lane)
                metrics.BUDGET_WAIT.labels(lane.value).observe(turn.wait)
                await asyncio.sleep(turn.wait)
                started = time.monotonic()
                with traces.span("ploomes.request", endpoint=_endpoint(target), lane=lane.value):
                    answer, size = await self._send(target, turn)
                    if check is not None:
                        check(answer)
            except StoreDownError:
                self._breaker.abandoned()
                raise
            except TransientError as error:
                self._observe(target, Attempt(time.monotonic() - started, error=error))
                await self._note_failure(error, _endpoint(target))
                raise
            except SyncError as error:
                self._observe(target, Attempt(time.monotonic() - started, error=error))
                await self._note_life()
                self.meter.count(error.error_class, _endpoint(target))
                raise
            except BaseException:
                self._breaker.abandoned()
                raise
            await self._note_life()
            self._observe(target, Attempt(time.monotonic() - started, size))
            return answer

    def _observe(self, target: str, attempt: Attempt) -> None:
        meter.answered(target, attempt.seconds, attempt.error)
        self.observe(attempt)

    async def _send(self, target: str, turn: Turn) -> tuple[Answer, int]:
        """Send one request; returns the answer and its size in bytes. A 200 that is no page is an error, too."""
        self.meter.requests += 1
        try:
            response = await self._http.get(target)
        except httpx2.TimeoutException as error:
            raise SourceTimeoutError("Ploomes did not answer in time.") from error
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            host = self._http.base_url.host
            raise SourceDownError(f"Ploomes cannot be reached at {host}: {_cause(error)}.") from error
        if response.status_code != HTTPStatus.OK:
            now = datetime.now(UTC)
            raise wire.error_for(response.status_code, response.headers, response.content, target, now)
        frame = wire.decode_envelope(response.content)
        size = len(response.content)
        log.debug("request.answered", target=target, bytes=size, records=len(frame.records), count=frame.count)
        return Answer(frame.records, frame.count, frame.next_link, turn.slot), size

    def _doubt_emptiness(self, answer: Answer) -> None:
        """Raise SourceGarbledError for an empty answer without the count asked for, if this server counts.

        A busy server sends such answers. As long as nothing is known of it, emptiness must be told repeatedly.
        """
        if answer.records or answer.count is not None:
            self.counts = answer.count is not None
        elif self.counts is not False:
            self._empty += 1
            if self.counts or self._empty <= self._policy.retries:
                raise SourceGarbledError("Ploomes sent an empty answer without a count.")

    async def _note_life(self) -> None:
        """Close the circuit: Ploomes answers, whatever it says."""
        if self._breaker.succeeded():
            log.info("breaker.closed")
            await self._turns.mend()

    async def _note_failure(self, error: TransientError, endpoint: str) -> None:
        self.meter.count(error.error_class, endpoint)
        log.warning("request.failed", error=str(error), error_class=error.error_class.value, endpoint=endpoint)
        if isinstance(error, RateLimitedError):
            # The source works, it is only crowded: no case for the breaker.
            await self._note_life()
            await self._turns.slow_down(error.retry_after or self._policy.first_wait * 2)
            return
        self._trouble = str(error)
        if self._breaker.failed(time.monotonic()):
            metrics.BREAKER_OPENED.inc()
            log.error("breaker.opened", cooldown=self._breaker.cooldown)
            await self._turns.trip(self._breaker.cooldown)


class _Dated(msgspec.Struct):
    updated: Annotated[datetime, msgspec.Meta(tz=True)] | None = msgspec.field(name="LastUpdateDate", default=None)


def _date_of(record: bytes) -> datetime | None:
    try:
        return msgspec.json.decode(record, type=_Dated).updated
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _is_too_large(error: SyncError) -> bool:
    return isinstance(error, RequestError) and error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def _healing(error: Exception) -> bool | float:
    """Tell the retry loop whether to try again, and after how many seconds if the source said so."""
    if not isinstance(error, TransientError) or error.error_class is ErrorClass.DATABASE:
        return False
    return error.retry_after if error.retry_after is not None else True


def _endpoint(target: str) -> str:
    return target.partition("?")[0]


def _cause(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__
