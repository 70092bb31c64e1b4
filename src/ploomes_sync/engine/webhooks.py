"""From a webhook to a fresh product: what is told is stored at once and fetched soon, each product once.

The queue's rows are the truth: a row goes only when a fetch has been committed that began after the last event of
its product. A worker that dies holds its rows until their claim runs out, and does no harm if it comes back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from ploomes_sync.domain.run import Run, RunStatus, SyncRequest, Urgency
from ploomes_sync.domain.strategy import REAL_TIME_IDS
from ploomes_sync.domain.webhook import Event, Ignored, Malformed, Message, key_matches_any, parse_event
from ploomes_sync.engine.execute import sync
from ploomes_sync.engine.parts import Parts
from ploomes_sync.errors import StoreDownError, SyncError, TransientError
from ploomes_sync.resilience.breaker import BreakerState
from ploomes_sync.store import webhooks
from ploomes_sync.store.db import Database
from ploomes_sync.store.webhooks import Claim, Delay
from ploomes_sync.telemetry import Log

log = Log("product-sync:webhooks")

ORIGIN = "webhook"
WINDOW_SECONDS = 1.0
"""How long an event in a burst waits for others, so that the burst costs one fetch for ten products."""
_DELAY = Delay(first=2.0, longest=300.0)
_EVENT_DAYS = 7
_DONE = (RunStatus.SUCCEEDED, RunStatus.PARTIAL)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message; `coalesced` means that its product was waiting already."""

    message: Message
    coalesced: bool = False

    @property
    def verdict(self) -> str:
        """Return `queued`, `ignored` or `malformed`."""
        match self.message:
            case Event():
                return "queued"
            case Ignored():
                return "ignored"
            case Malformed():
                return "malformed"


async def is_authentic(db: Database, key: str | None) -> bool:
    """Tell whether a message with this validation key comes from a webhook that we registered."""
    async with db.transaction() as conn:
        known = await webhooks.key_hashes(conn)
    return key_matches_any(known, key)


async def receive(db: Database, body: bytes, *, window: float = WINDOW_SECONDS) -> Receipt:
    """Store what a message asks for, in one short transaction; nothing else happens here."""
    (receipt,) = await receive_all(db, [body], window=window)
    return receipt


async def receive_all(db: Database, bodies: Sequence[bytes], *, window: float = WINDOW_SECONDS) -> list[Receipt]:
    """Store what many messages ask for in one short transaction; the receipts come in the order of the bodies."""
    messages = [parse_event(body) for body in bodies]
    receipts = [Receipt(message) for message in messages]
    async with db.transaction() as conn:
        # By rising id, so that processes that store at the same time never wait for one another in a circle.
        for number, message in sorted(enumerate(messages), key=_product):
            if isinstance(message, Event):
                receipts[number] = Receipt(message, coalesced=await webhooks.enqueue(conn, message, window))
            else:
                await webhooks.note(conn, message)
    for message in messages:
        if not isinstance(message, Event):
            log.info("webhook.not_queued", reason=message.reason)
    return receipts


def _product(numbered: tuple[int, Message]) -> int:
    message = numbered[1]
    return message.product_id if isinstance(message, Event) else 0


async def drain(parts: Parts, *, limit: int | None = None) -> int:
    """Fetch the products that are due, ten a request; returns how many were brought up to date.

    Ends when nothing is due, `limit` products have been taken, Ploomes or PostgreSQL stays away, or the process is
    asked to stop: whatever is left stays in the queue. Raises PermanentError when a person is needed, and
    StoreDownError when the queue itself cannot be read.
    """
    # The queue waits by itself, so that a fetch that fails holds nobody up.
    parts = replace(parts, limits=replace(parts.limits, pauses=()))
    refreshed, left = 0, limit
    while not parts.stopping.is_set() and (left is None or left > 0) and _source_is_up(parts):
        size = REAL_TIME_IDS if left is None else min(left, REAL_TIME_IDS)
        async with parts.db.transaction() as conn:
            held = await webhooks.claim(conn, size, parts.limits.lease_seconds)
        if not held.product_ids:
            break
        if refreshed == 0:
            await _tidy(parts)
        left = None if left is None else left - len(held.product_ids)
        fetched = await _fetch(parts, held)
        if fetched is None:
            break
        refreshed += fetched
    return refreshed


async def _tidy(parts: Parts) -> None:
    """End the runs of workers that died with products that now stand here again, and drop old lines."""
    async with parts.db.transaction() as conn:
        await webhooks.abandon_runs(conn, ORIGIN)
        await webhooks.forget_events(conn, _EVENT_DAYS)


def _source_is_up(parts: Parts) -> bool:
    return parts.breaker.state(time.monotonic()) is not BreakerState.OPEN


async def _fetch(parts: Parts, held: Claim) -> int | None:
    """Sync the claimed products; returns how many are done, None when it is no use to go on now."""
    request = SyncRequest(ids=held.product_ids, origin=ORIGIN, urgency=Urgency.HIGH)
    try:
        async with _kept(parts, held):
            run = await sync(parts, request)
    except TransientError as error:
        log.warning("webhook.postponed", products=len(held.product_ids), error=str(error))
        await _postpone(parts, held, error)
        return None
    except SyncError as error:
        await _postpone(parts, held, error)
        raise
    return await _settle(parts, held, run)


async def _settle(parts: Parts, held: Claim, run: Run) -> int | None:
    async with parts.db.transaction() as conn:
        if run.status in _DONE:
            return await webhooks.settle(conn, held)
        if parts.stopping.is_set():
            await webhooks.release(conn, held)
        else:
            await webhooks.postpone(conn, held, _DELAY, run.error or f"The run ended as {run.status.value}.")
        await webhooks.abandon_runs(conn, ORIGIN)
    return None


async def _postpone(parts: Parts, held: Claim, error: SyncError) -> None:
    """Let the products wait; when PostgreSQL is away the claim runs out by itself."""
    wait = error.retry_after if isinstance(error, TransientError) else None
    try:
        async with parts.db.transaction() as conn:
            await webhooks.postpone(conn, held, replace(_DELAY, least=wait or 0.0), str(error))
            await webhooks.abandon_runs(conn, ORIGIN)
    except StoreDownError as gone:
        log.warning("claim.not_released", error=str(gone))


@asynccontextmanager
async def _kept(parts: Parts, held: Claim) -> AsyncIterator[None]:
    """Keep the claim while the block works."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(held.seconds / 3)
            try:
                async with parts.db.transaction() as conn:
                    await webhooks.keep(conn, held)
            except SyncError as error:
                log.warning("claim.not_kept", error=str(error))

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
