"""Many look at a run and one reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from ploomes_sync.dashboard import live
from ploomes_sync.dashboard.live import Hub, Picture
from ploomes_sync.dashboard.views.runs import Around
from ploomes_sync.domain.history import RunEvent, entry
from ploomes_sync.domain.run import Outcome, Run, RunStatus, SyncRequest
from ploomes_sync.domain.status import BudgetStatus
from ploomes_sync.errors import StoreDownError

RUN = UUID(int=7)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Story:
    """A run that goes on as the test says."""

    def __init__(self) -> None:
        self.reads = self.renders = 0
        self.stopping = asyncio.Event()
        self._events: asyncio.Queue[RunEvent | None] = asyncio.Queue()
        self.hub = Hub(self._watch, self._look, self._render, self.stopping)

    def read(self, fetched: int, *, ended: bool = False) -> None:
        status = RunStatus.SUCCEEDED if ended else RunStatus.RUNNING
        run = Run(id=RUN, request=SyncRequest(), status=status, created_at=NOON, outcome=Outcome(fetched=fetched))
        detail = msgspec.to_builtins(entry(run, NOON))
        self._events.put_nowait(RunEvent(id=0, at=NOON, event="ended" if ended else "progress", detail=detail))

    def break_off(self) -> None:
        self._events.put_nowait(None)

    async def _watch(self, _: UUID) -> AsyncIterator[RunEvent]:
        self.reads += 1
        while True:
            event = await self._events.get()
            if event is None:
                raise StoreDownError("PostgreSQL is away.")
            yield event
            if event.event == "ended":
                return

    async def _look(self, _: Picture) -> Around:
        return Around(BudgetStatus(), 3, 1, 1)

    def _render(self, language: str, shown: Picture, _: Around) -> str:
        self.renders += 1
        return f"{language} {shown.run.fetched}"


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_GAP", 0.01)


async def told(story: Story, language: str = "pt") -> list[str]:
    """Follow to the end and return the data of each event."""
    frames = [frame.decode() async for frame in story.hub.follow(RUN, language)]
    return [frame.partition("data: ")[2].split("\n")[0].strip() for frame in frames]


def test_fifty_viewers_cost_one_reader_and_one_rendering_a_language() -> None:
    async def scenario() -> None:
        story = Story()
        viewers = [asyncio.create_task(told(story, "en" if n % 5 == 0 else "pt")) for n in range(50)]
        await asyncio.sleep(0)
        story.read(300)
        await asyncio.sleep(0.1)
        story.read(600, ended=True)
        seen = await asyncio.gather(*viewers)

        assert story.reads == 1
        assert story.renders <= 2 * 3, "pictures by languages"
        assert all(pages[-2].endswith("600") and pages[-1] == "" for pages in seen)
        assert story.hub.watched == 0

    asyncio.run(asyncio.wait_for(scenario(), 5))


def test_a_slow_viewer_misses_pictures_and_gets_the_latest() -> None:
    async def scenario() -> None:
        story = Story()
        async with aclosing(story.hub.follow(RUN, "pt")) as frames:  # type: ignore[type-var]  # it is a generator
            story.read(1)
            assert b"pt 1\n" in await anext(frames)
            for count in range(2, 9):
                story.read(count)
                await asyncio.sleep(0.03)
            assert b"pt 8\n" in await anext(frames)

    asyncio.run(asyncio.wait_for(scenario(), 5))


def test_the_reader_goes_with_the_last_viewer() -> None:
    async def scenario() -> None:
        story, before = Story(), asyncio.all_tasks()
        story.read(1)
        async with aclosing(story.hub.follow(RUN, "pt")) as one:  # type: ignore[type-var]  # it is a generator
            async with aclosing(story.hub.follow(RUN, "pt")) as other:  # type: ignore[type-var]  # it is a generator
                await anext(one)
                await anext(other)
            assert story.hub.watched == 1
        assert story.hub.watched == 0
        assert asyncio.all_tasks() == before

    asyncio.run(asyncio.wait_for(scenario(), 5))


def test_the_end_of_the_service_and_a_reader_that_fails_end_the_stream_without_saying_that_the_run_has() -> None:
    async def scenario() -> None:
        for end in (lambda story: story.stopping.set(), Story.break_off):
            story = Story()
            story.read(1)
            viewer = asyncio.create_task(told(story))
            await asyncio.sleep(0.05)
            end(story)
            assert await viewer == ["pt 1"]

    asyncio.run(asyncio.wait_for(scenario(), 5))
