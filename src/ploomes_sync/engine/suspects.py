"""Asks Ploomes by id for what a walk did not meet, and only then believes that it is gone.

Every question also names products that were alive a moment ago: an answer that lacks all of these sentinels as
well comes from a server in trouble and proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ploomes_sync.domain.page import Page
from ploomes_sync.domain.run import Outcome
from ploomes_sync.engine.session import Session
from ploomes_sync.errors import SourceGarbledError
from ploomes_sync.ploomes import wire
from ploomes_sync.store import products, runs
from ploomes_sync.store.db import Connection

CHUNK = 40
"""Ids a question: the URL stays below 2 kB."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What came of the suspects: `waiting` products would be deleted if a person allowed it."""

    waiting: int = 0
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What an answer says about the products `ids`: those that `page` holds, and those that are `gone`."""

    page: Page
    ids: Sequence[int]
    gone: Sequence[int]


async def ceiling(session: Session) -> int:
    """Return how many products this run may mark deleted."""
    if session.run.request.allow_deletes is not None:
        return session.run.request.allow_deletes
    async with session.parts.db.transaction() as conn:
        stored = await products.count_stored(conn)
    return session.parts.limits.ceiling(stored + session.outcome.deleted)


async def resolve(session: Session) -> Resolution:
    """Look into every suspect; stops before more would be marked deleted than the run may."""
    allowed = await ceiling(session)
    async with session.parts.db.transaction() as conn:
        count = await runs.count_suspects(conn, session.run.id)
    if not session.plan.segments and count + session.outcome.deleted > allowed:
        return Resolution(waiting=count)
    while not session.parts.stopping.is_set():
        async with session.parts.db.transaction() as conn:
            ids = await runs.suspects(conn, session.run.id, CHUNK)
        if not ids:
            return Resolution()
        for look in await ask(session, ids):
            if session.outcome.deleted + len(look.gone) > allowed:
                return Resolution(waiting=len(look.gone))
            await _settle(session, look)
    return Resolution(stopped=True)


async def ask(session: Session, ids: Sequence[int]) -> list[Look]:
    """Fetch these products and tell which of them Ploomes no longer has, as a rule in one request.

    An answer that was cut short proves nothing, nor does one with a record without a readable Id: which product
    that belongs to shows only when each is asked for alone.
    Raises SourceGarbledError when an answer cannot be believed.
    """
    page, found = await _fetch(session, ids)
    gone = [product_id for product_id in ids if product_id not in found]
    if not gone or len(page.records) == len(found) >= (page.count or 0):
        return [Look(page, ids, gone)]
    if len(ids) == 1:
        return [Look(page, ids, [])]
    half = len(ids) // 2
    return [*await ask(session, ids[:half]), *await ask(session, ids[half:])]


async def _fetch(session: Session, ids: Sequence[int]) -> tuple[Page, set[int]]:
    """Fetch products by id together with the sentinels; returns the page and the ids that it holds."""
    async with session.parts.db.transaction() as conn:
        sentinels = await products.sentinels(conn, ids, session.run.id)
    asked = sorted({*ids, *sentinels})
    page = await session.client.by_ids(asked, session.plan.lane)
    found = set(wire.ids_of(page.records))
    if sentinels and found.isdisjoint(sentinels) and not found.issuperset(ids):
        raise SourceGarbledError("Ploomes no longer knows products that were alive a moment ago.")
    if not sentinels and not page.records:
        # A mirror that holds nothing else has no sentinel: then the same answer is needed twice.
        page = await session.client.by_ids(asked, session.plan.lane)
        found = set(wire.ids_of(page.records))
    return page, found


async def _settle(session: Session, look: Look) -> None:
    """Write what was found, mark what is gone and strike the suspects, in one transaction."""
    batch = await session.transform(look.page)
    asked = frozenset[int](look.ids)
    batch = replace(
        batch,
        items=tuple(item for item in batch.items if item.id in asked),
        same=tuple(key for key in batch.same if key in asked),
    )
    if session.preview:
        await session.preview_ids(batch, look.gone)
        return

    async def write(conn: Connection) -> Outcome:
        # Writing comes last: it locks the counts of the minute, which every writer shares.
        deleted = await products.mark_deleted(conn, session.run.id, look.gone, look.page.requested_at)
        outcome = await products.write_batch(conn, session.run.id, batch)
        await runs.clear_suspects(conn, session.run.id, look.ids)
        return outcome + Outcome(deleted=deleted, pages=1)

    await session.commit(write)


async def read_by_ids(session: Session, chunk: int) -> bool:
    """Fetch the plan's products by id, a request a chunk; what is gone is marked deleted.

    Returns False when it was asked to stop before the end; doing it again from the start changes nothing twice.
    """
    ids = session.plan.ids
    for start in range(0, len(ids), chunk):
        if session.parts.stopping.is_set():
            return False
        for look in await ask(session, ids[start : start + chunk]):
            await _settle(session, look)
    return True
