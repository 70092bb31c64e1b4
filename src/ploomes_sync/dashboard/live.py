"""Runs as they go on, told to many: one reader a run, one rendering a language, however many look."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sse_starlette import ServerSentEvent

from ploomes_sync.dashboard.views.runs import Around
from ploomes_sync.domain.history import RunEntry, RunEvent
from ploomes_sync.errors import SyncError
from ploomes_sync.service.watch import ENDED, PROGRESS
from ploomes_sync.telemetry import Log

log = Log("product-sync:dashboard")
KEPT = 60
"""Events that a page shows, the newest."""
_GAP = 0.5
"""Seconds between two pictures, at least."""
_IDLE = 1.0
"""Seconds after which a new picture is made even when nothing happened: times go on."""
_RETRY_MS = 2000


@dataclass(frozen=True, slots=True)
class Picture:
    """A run at one moment; `events` are newest first."""

    run: RunEntry
    events: tuple[RunEvent, ...]


Watch = Callable[[UUID], AsyncIterator[RunEvent]]
Look = Callable[[Picture], Awaitable[Around]]
Render = Callable[[str, Picture, Around], str]


async def picture(events: AsyncIterator[RunEvent]) -> Picture:
    """Return how a run stands and what happened last; `events` are those of a watch."""
    kept: deque[RunEvent] = deque(maxlen=KEPT)
    async for event in events:
        if event.event in (PROGRESS, ENDED):
            return Picture(msgspec.convert(event.detail, RunEntry), tuple(kept))
        kept.appendleft(event)
    raise AssertionError("unreachable: a watch tells of progress or of the end")


class Hub:
    """What is being watched in this process; `stopping`, once set, ends all of it."""

    def __init__(self, watch: Watch, look: Look, render: Render, stopping: asyncio.Event) -> None:
        self.watch = watch
        self.look = look
        self.render = render
        self.stopping = stopping
        self._shows: dict[UUID, Show] = {}

    @property
    def watched(self) -> int:
        """How many runs are being read."""
        return len(self._shows)

    async def follow(self, run_id: UUID, language: str) -> AsyncIterator[bytes]:
        """Tell the run in pictures, as server-sent events, until it or the service ends.

        Whoever is slow misses pictures and gets the latest one.
        """
        show = self._shows.get(run_id)
        if show is None:
            show = self._shows[run_id] = Show(self, run_id)
        show.viewers[language] += 1
        try:
            seen = 0
            while (frame := await show.newer(language, seen)) is not None:
                seen = frame.number
                yield frame.sent
            if show.ended:
                yield _event("ended", "")
        finally:
            show.viewers[language] -= 1
            if not show.viewers.total():
                self._shows.pop(run_id)
                await show.close()


@dataclass(frozen=True, slots=True)
class _Frame:
    """A rendered picture: its number in the show, the text, and the event that carries it."""

    number: int
    text: str
    sent: bytes


class Show:
    """One run that somebody looks at; `viewers` counts them by language, `ended` tells that the run has."""

    def __init__(self, hub: Hub, run_id: UUID) -> None:
        self.viewers: Counter[str] = Counter()
        self.ended = False
        self._hub = hub
        self._run_id = run_id
        self._run: RunEntry | None = None
        self._events: deque[RunEvent] = deque(maxlen=KEPT)
        self._frames: dict[str, _Frame] = {}
        self._news, self._told = asyncio.Event(), asyncio.Condition()
        self._over = False
        self._task = asyncio.create_task(self._work())

    async def newer(self, language: str, seen: int) -> _Frame | None:
        """Return the latest picture once it is another than the one seen; None when there will be none."""
        async with self._told:
            if language not in self._frames:
                self._news.set()
            await self._told.wait_for(lambda: self._over or self._latest(language) > seen)
            return self._frames[language] if self._latest(language) > seen else None

    async def close(self) -> None:
        """Stop reading."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def _latest(self, language: str) -> int:
        return self._frames[language].number if language in self._frames else 0

    async def _work(self) -> None:
        """Read and tell until the run or the service ends; then nobody waits any more."""
        reading = asyncio.create_task(self._read())
        ending = asyncio.create_task(self._hub.stopping.wait())
        for task in (reading, ending):
            task.add_done_callback(lambda _: self._news.set())
        try:
            while not ending.done():
                with suppress(TimeoutError):
                    async with asyncio.timeout(_IDLE):
                        await self._news.wait()
                self._news.clear()
                over = reading.done()
                await self._tell()
                if over:
                    break
                await asyncio.sleep(_GAP)
        except Exception as error:  # whoever looks comes back by itself and begins anew
            log.warning("live.broken", run_id=str(self._run_id), error=str(error), exc_info=True)
        finally:
            await _ended(reading, ending)
            async with self._told:
                self._over = True
                self._told.notify_all()

    async def _read(self) -> None:
        try:
            async for event in self._hub.watch(self._run_id):
                if event.event in (PROGRESS, ENDED):
                    self._run = msgspec.convert(event.detail, RunEntry)
                else:
                    self._events.appendleft(event)
                self.ended = event.event == ENDED
                self._news.set()
        except SyncError as error:
            log.warning("live.blind", run_id=str(self._run_id), error=str(error))

    async def _tell(self) -> None:
        """Render the run for each language that somebody reads, and wake them if it looks different."""
        if self._run is None:
            return
        shown = Picture(self._run, tuple(self._events))
        around = await self._hub.look(shown)
        for language in [language for language, readers in self.viewers.items() if readers]:
            text = self._hub.render(language, shown, around)
            before = self._frames.get(language)
            if before is None or before.text != text:
                number = before.number + 1 if before else 1
                self._frames[language] = _Frame(number, text, _event("now", text))
        async with self._told:
            self._told.notify_all()


async def _ended(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _event(name: str, data: str) -> bytes:
    return ServerSentEvent(data, event=name, retry=_RETRY_MS, sep="\n").encode()
