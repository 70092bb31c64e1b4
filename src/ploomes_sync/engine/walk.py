"""Walks the id space by key, in parts, each with a cursor of its own; safe to stop and resume at any page.

A part is a stretch of ids. Whenever a lane is free, the part with the most rows left is split: one request skips
ahead inside it, and the page that comes back is the first page of a new part. The boundary is an id that was
really seen: rows created, edited or deleted meanwhile may shift it, but none can fall between two parts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from ploomes_sync.domain.page import Batch, Page
from ploomes_sync.domain.run import Part
from ploomes_sync.engine.session import Session
from ploomes_sync.errors import RequestError
from ploomes_sync.ploomes import odata
from ploomes_sync.store import runs
from ploomes_sync.store.products import Span

_SAFE_ROWS = 300
"""What Ploomes is known to serve; a larger page is only a try."""
_SMALLER_ROWS = (_SAFE_ROWS, 100)
"""What is tried, one after the other, on a server that refuses a page for its size."""
_SMALLEST_SHARE = 4
"""Pages: a part that is smaller costs more to split than it gains."""


@dataclass(frozen=True, slots=True)
class _Seed:
    """A request that skips `rows` ahead in a part."""

    base: Part
    rows: int


class Walk:
    """The walk of one run."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tuner = session.tuner
        self._learnt = False
        self._parts: dict[int, Part] = {}
        self._busy: set[int] = set()
        self._seeding = 0
        # Cursors in memory and in the database change together, under this lock.
        self._lock = asyncio.Lock()
        self._filter = odata.all_of(
            session.plan.filter,
            odata.since_filter(session.plan.since) if session.plan.since else None,
        )

    async def run(self) -> bool:
        """Read every part to its end; returns False when it was asked to stop before."""
        async with self._session.parts.db.transaction() as conn:
            known = await runs.parts(conn, self._session.run.id)
        first = Part(number=0, remaining=self._session.plan.expected)
        self._parts = {part.number: part for part in known or [first]}
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                tasks |= {asyncio.create_task(job) for job in self._jobs(len(tasks))}
                if not tasks:
                    return all(part.done for part in self._parts.values())
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                tasks -= done
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _jobs(self, running: int) -> list[Coroutine[None, None, None]]:
        """Return what the free lanes should do next: walk a part that nobody walks, or split the largest."""
        if self._session.parts.stopping.is_set():
            return []
        free = self._tuner.lanes - running
        waiting = [p for p in self._parts.values() if not p.done and p.number not in self._busy][: max(0, free)]
        self._busy.update(part.number for part in waiting)
        jobs = [self._page(part) for part in waiting]
        self._session.width = sum(not part.done for part in self._parts.values())
        lanes = free - len(jobs)
        if lanes > 0 and not self._seeding:
            seeds = self._seeds(lanes)
            self._seeding = len(seeds)
            jobs += [self._seed(seed) for seed in seeds]
        return jobs

    def _seeds(self, lanes: int) -> list[_Seed]:
        """Cut the part with the most rows left into equal shares of whole pages, if it is worth it."""
        open_parts = [part for part in self._parts.values() if not part.done and part.remaining]
        if not open_parts:
            return []
        largest = max(open_parts, key=lambda part: part.remaining or 0)
        rows = self._tuner.rows if self._learnt else min(self._tuner.rows, _SAFE_ROWS)
        pages = -(-(largest.remaining or 0) // rows)
        shares = min(lanes + 1, pages // _SMALLEST_SHARE)
        return [_Seed(largest, -(-pages * share // shares) * rows) for share in range(1, shares)]

    async def _page(self, part: Part) -> None:
        """Read the next page of a part and commit it with the cursor behind it."""
        asked = self._tuner.rows
        page = await self._fetch(part, 0)
        if not page.records and page.count is None:
            # An empty answer without a count ends a part only when given twice: a busy server may send one.
            page = await self._fetch(part, 0)
        self._learn_cap(page, asked)
        batch = await self._session.transform(page)
        async with self._lock:
            moved = _moved(self._parts[part.number], page, batch)
            span = Span(part.after, moved.upto if moved.done else moved.after)
            await self._session.commit_page(batch, span, [moved])
            self._parts[part.number] = moved
            self._busy.discard(part.number)

    async def _seed(self, seed: _Seed) -> None:
        """Read the page that begins a new part, and commit it with the boundary that it draws."""
        try:
            page = await self._fetch(seed.base, seed.rows)
            batch = await self._session.transform(page)
            if not batch.ids:
                return
            async with self._lock:
                parts = self._divide(batch, page, seed)
                span = Span(batch.ids[0] - 1, batch.ids[-1])
                await self._session.commit_page(batch, span, parts)
                self._parts.update({part.number: part for part in parts})
        finally:
            self._seeding -= 1

    def _divide(self, batch: Batch, page: Page, seed: _Seed) -> list[Part]:
        """Return the part that held the page, shortened, and the one that begins behind the page.

        Returns nothing when the walk has meanwhile passed the page: its rows are then written once more.
        """
        first, last = batch.ids[0], batch.ids[-1]
        for holder in self._parts.values():
            if not holder.done and holder.after < first and (holder.upto is None or first <= holder.upto):
                break
        else:
            return []
        rows = len(page.records)
        left = max(0, min(page.count or 0, holder.remaining or 0) - seed.rows - rows)
        fresh = Part(number=max(self._parts) + 1, after=last, upto=holder.upto, remaining=left)
        fresh = msgspec.structs.replace(fresh, done=_ends(fresh, page, seed.rows))
        before = max(0, (holder.remaining or 0) - left - rows)
        return [msgspec.structs.replace(holder, upto=first - 1, remaining=before), fresh]

    async def _fetch(self, part: Part, skip: int) -> Page:
        """Fetch a page; one that is too large for Ploomes is asked for again in a smaller size."""
        while True:
            rows = self._tuner.rows
            query = odata.ProductQuery(after=part.after, upto=part.upto, filter=self._filter, top=rows, skip=skip)
            try:
                return await self._session.client.products(query, self._session.plan.lane)
            except RequestError as error:
                smaller = next((size for size in _SMALLER_ROWS if size < rows), None)
                if error.status == HTTPStatus.BAD_REQUEST and smaller is not None:
                    self._tuner.cap_rows(smaller)
                elif error.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE or self._tuner.rows >= rows:
                    raise

    def _learn_cap(self, page: Page, asked: int) -> None:
        """Take a page that is short although more rows match as the largest that Ploomes serves."""
        if page.records and page.count is not None:
            if len(page.records) < min(asked, page.count):
                self._tuner.cap_rows(len(page.records))
            self._learnt = True


def _moved(part: Part, page: Page, batch: Batch) -> Part:
    """Return the part with its cursor behind the page."""
    after = batch.ids[-1] if batch.ids else part.after
    rows = len(page.records)
    known = [left for left in (page.count, part.remaining) if left is not None]
    left = max(0, min(known) - rows) if known else None
    moved = msgspec.structs.replace(part, after=after, remaining=left)
    return msgspec.structs.replace(moved, done=_ends(moved, page, 0))


def _ends(part: Part, page: Page, skipped: int) -> bool:
    """Tell whether nothing is left behind this page: the count says so, or the page is empty."""
    if part.upto is not None and part.after >= part.upto:
        return True
    return not page.records if page.count is None else skipped + len(page.records) >= page.count
