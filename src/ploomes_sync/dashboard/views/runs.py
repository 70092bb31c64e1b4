"""Runs as their pages show them: what was asked, how it goes, what happened, what came of it (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from ploomes_sync.dashboard.speech import Speech
from ploomes_sync.domain.changes import ChangeKind
from ploomes_sync.domain.history import RunDetail, RunEntry, RunEvent
from ploomes_sync.domain.run import OPEN_STATUSES, RunStatus, SyncRequest
from ploomes_sync.domain.status import ADVICE, BudgetStatus
from ploomes_sync.errors import ErrorClass

ORIGIN = "dashboard"
_COUNTERS = (
    ("inserted", ""),
    ("updated", ""),
    ("unchanged", ""),
    ("deleted", ""),
    ("restored", ""),
    ("rejected", "warn"),
)
_END_TONES = {"succeeded": "good", "partial": "warn", "failed": "bad", "needs_confirmation": "warn"}
_KIND_TONES = {ChangeKind.REMOVED: "bad", ChangeKind.CREATED: "good", ChangeKind.RESTORED: "good"}
_TENTH = 0.1
_DIGITS, _BIGINT = 19, (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside a run while it goes on.

    `lanes` are the requests that may be in flight, `open_parts` the stretches of the id space that are still being
    read, `workers` the processes that take jobs.
    """

    budget: BudgetStatus
    lanes: int
    open_parts: int
    workers: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what happened."""

    at: datetime
    tone: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """A number with its name; `tone` is set when it deserves a look."""

    key: str
    name: str
    count: int
    tone: str = ""
    href: str | None = None


def is_open(run: RunEntry) -> bool:
    """Tell whether a run is queued or running."""
    return run.status in OPEN_STATUSES


def title(run: RunEntry, speech: Speech) -> str:
    """Name a run by how it reads."""
    strategy = run.strategy.value if run.strategy else "none"
    return speech.t(f"one_run.title.{strategy}")


def scope(segments: Sequence[str], ids: Sequence[int], speech: Speech) -> str:
    """Say what a sync is about: everything, some segments, or products by id."""
    if ids:
        return speech.t("one_run.scope.ids", n=len(ids))
    if segments:
        return ", ".join(speech.name("segment", name) for name in segments)
    return speech.t("one_run.scope.all")


def elapsed(run: RunEntry, speech: Speech) -> float | None:
    """Return the seconds since a run began, or that it took."""
    if run.started_at is None:
        return None
    return max(0.0, ((run.finished_at or speech.now) - run.started_at).total_seconds())


def spoken_progress(run: RunEntry, speech: Speech) -> str:
    """Say how far a run is in steps of a tenth, for those who listen: not each page is worth a word."""
    said = speech.name("status", run.status.value)
    if run.status is not RunStatus.RUNNING or run.progress is None:
        return said
    return f"{said}, {speech.share(int(run.progress / _TENTH) * _TENTH, 0)}"


def tallies(run: RunEntry, speech: Speech) -> list[Tally]:
    """Return what the run has done to the products so far."""
    counts = [(name, tone, int(getattr(run, name))) for name, tone in _COUNTERS]
    return [Tally(name, speech.t(f"tally.{name}"), count, tone if count else "") for name, tone, count in counts]


def lanes(events: Sequence[RunEvent], most: int) -> int:
    """Return how many requests may be in flight by the tuner's latest decision; `events` are newest first."""
    steps = (event.detail for event in events if event.event == "tuner.step")
    return next((int(step["after"]) for step in steps if step.get("what") == "lanes"), most)


def timeline(run: RunEntry, events: Sequence[RunEvent], speech: Speech) -> list[Line]:
    """Tell what happened, newest first; `events` are newest first."""
    lines = [_line(event, speech) for event in events]
    if run.started_at is not None:
        lines.append(Line(run.started_at, "", speech.t("event.started")))
    asked = speech.name("origin", run.origin)
    lines.append(Line(run.created_at, "", speech.t("event.asked"), asked))
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _line(event: RunEvent, speech: Speech) -> Line:
    """Put one event into words; one that nobody foresaw keeps its own."""
    detail = event.detail
    teller = _TELLERS.get(event.event)
    if teller is None:
        return Line(event.at, "", event.event, ", ".join(f"{name}: {value}" for name, value in detail.items()))
    text, tone = teller(detail, speech)
    if detail.get("status") == RunStatus.NEEDS_CONFIRMATION:
        return Line(event.at, tone, text)
    return Line(event.at, tone, speech.t(f"event.{event.event.removeprefix('run.')}"), text)


def _planned(detail: dict[str, Any], speech: Speech) -> tuple[str, str]:
    said = [speech.name("strategy", detail.get("strategy", "")), speech.say(str(detail.get("reason", "")))]
    if detail.get("expected") is not None:
        said.append(speech.t("event.expected", n=int(detail["expected"])))
    return " · ".join(said), ""


def _paused(detail: dict[str, Any], speech: Speech) -> tuple[str, str]:
    span = speech.duration(float(detail.get("seconds", 0)))
    return f"{speech.say(str(detail.get('error', '')))} {speech.t('event.paused.text', span=span)}", "warn"


def _confirmed(detail: dict[str, Any], speech: Speech) -> tuple[str, str]:
    return speech.t("event.confirmed.text", n=int(detail.get("allow_deletes", 0))), ""


def _cancelled(_: dict[str, Any], __: Speech) -> tuple[str, str]:
    return "", ""


def _step(detail: dict[str, Any], speech: Speech) -> tuple[str, str]:
    before, after = int(detail.get("before", 0)), int(detail.get("after", 0))
    what = speech.name("tuner", detail.get("what", ""))
    said = f"{what}: {speech.number(before)} → {speech.number(after)}"
    return f"{said} · {speech.say(str(detail.get('reason', '')))}", "warn" if after < before else ""


def _finished(detail: dict[str, Any], speech: Speech) -> tuple[str, str]:
    status = str(detail.get("status", ""))
    said = [speech.name("status", status)]
    if detail.get("error"):
        said.append(speech.say(str(detail["error"])))
    return ": ".join(said), _END_TONES.get(status, "")


_TELLERS = {
    "run.planned": _planned,
    "run.paused": _paused,
    "run.confirmed": _confirmed,
    "run.cancelled": _cancelled,
    "run.finished": _finished,
    "tuner.step": _step,
}
"""What is told of each event: a text and a tone."""


def kinds(detail: RunDetail, speech: Speech) -> list[Tally]:
    """Return what became of products in this run, as the change history has it."""
    href = f"/changes?run_id={detail.run.run_id}"
    return [
        Tally(kind.value, speech.t(f"became.{kind.value}"), detail.kinds[kind], _KIND_TONES.get(kind, ""), href)
        for kind in ChangeKind
        if detail.kinds.get(kind)
    ]


def columns(detail: RunDetail, speech: Speech) -> list[Tally]:
    """Return how often each column changed in this run, most frequent first."""
    href = f"/changes?run_id={detail.run.run_id}&columns="
    return [
        Tally(name, speech.name("column", name), count, "", href + name) for name, count in detail.columns.items()
    ]


def again(request: SyncRequest) -> SyncRequest:
    """Return what a run was asked for, to be asked once more; deletions that a person allowed are not."""
    return msgspec.structs.replace(request, origin=ORIGIN, allow_deletes=None)


def advice(run: RunEntry, speech: Speech) -> list[str]:
    """Return what to do about the errors that a run has met, if they kept it from its end."""
    if run.error is None and run.status is not RunStatus.FAILED:
        return []
    known = [ErrorClass(name) for name in run.errors if name in set(ErrorClass)]
    return [speech.say(ADVICE[kind]) for kind in known]


def place(text: str) -> int:
    """Return the id after which a page of missing products begins; 0 when the address names none."""
    fits = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    return min(int(text), _BIGINT) if fits else 0
