"""A sync while it runs: a bar on a terminal, in a pipe only what a person must know."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ploomes_sync.cli import output, start

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from ploomes_sync.engine.parts import Observe, Progress

_WINDOW = 60.0


class Budget:
    """How many of a minute's requests this run has left, from what it was seen to ask."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: deque[tuple[float, int]] = deque()

    def text(self, requests: int, before: int, now: float) -> str:
        """Note the requests so far (`before` of them by earlier attempts) and say what is left of the minute."""
        self._seen = self._seen or deque([(now, before)])
        self._seen.append((now, requests))
        while self._seen[0][0] < now - _WINDOW:
            self._seen.popleft()
        if self._limit <= 0:
            return f"{requests} requests"
        used = requests - self._seen[0][1]
        return f"{requests} requests, {max(0, self._limit - used)} of {self._limit} left this minute"


@contextmanager
def watched(limit: int, title: str = "Products") -> Iterator[Observe]:
    """Give the observer of a sync; `limit` is the account's requests a minute."""
    if not start.is_terminal():
        yield _quiet()
        return
    with _bar() as bar:
        yield _drawing(bar, limit, title)


def _quiet() -> Observe:
    """Say only what holds the run up, each thing once."""
    told: set[str] = set()

    def observe(progress: Progress) -> None:
        if progress.note and progress.note not in told:
            told.add(progress.note)
            output.warn(_note(progress))

    return observe


def _note(progress: Progress) -> str:
    if progress.note == "joined":
        return f"Another process works on run {progress.run.id}; waiting for its result."
    return progress.note


def _bar() -> Bar:
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[rows]}", markup=False),
        TextColumn("{task.fields[detail]}", markup=False, style="dim"),
        TextColumn("ETA"),
        TimeRemainingColumn(compact=True),
        console=output.console(sys.stderr),
        transient=True,
        redirect_stdout=False,
    )


def _drawing(bar: Bar, limit: int, title: str) -> Observe:
    task = bar.add_task(title, total=None, rows="asking what there is", detail="")
    budget, began = Budget(limit), time.monotonic()

    def observe(progress: Progress) -> None:
        done, before, now = progress.outcome, progress.run.outcome, time.monotonic()
        speed = (done.fetched - before.fetched) / max(now - began, 0.001)
        rows = f"{done.fetched:,}" + (f" of {progress.expected:,}" if progress.expected else "")
        asked = budget.text(done.requests, before.requests, now)
        detail = f"{done.pages} {'page' if done.pages == 1 else 'pages'}, {speed:,.0f} a second, {asked}"
        total = max(progress.expected, done.fetched) if progress.expected else None
        bar.update(
            task,
            completed=done.fetched,
            total=total,
            rows=rows,
            detail=_note(progress) if progress.note else detail,
        )

    return observe


Count = Callable[[int, int | None], None]


@contextmanager
def counted(title: str) -> Iterator[Count]:
    """Give a function that shows how many of how many are done; nothing is shown in a pipe."""
    if not start.is_terminal():
        yield lambda _done, _total: None
        return
    with _bar() as bar:
        task = bar.add_task(title, total=None, rows="", detail="")

        def count(done: int, total: int | None) -> None:
            rows = f"{done:,}" + (f" of {total:,}" if total else "")
            bar.update(task, completed=done, total=total, rows=rows)

        yield count
