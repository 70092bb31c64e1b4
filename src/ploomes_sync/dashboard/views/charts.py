"""The charts: which lines each shows over which span, and the figures that a page and its script get (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from math import ceil, floor, log10
from typing import Literal

from ploomes_sync.dashboard.speech import NOTHING, Speech
from ploomes_sync.domain.status import MetricHistory
from ploomes_sync.errors import ErrorClass

Unit = Literal["rate", "minute", "seconds", "share", "bytes", "count"]
_DIGITS = 4
_SAMPLES_A_POINT = 2
_SETTLED = 4
_LATE_STEPS = 3
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Span:
    """A range of time and the least seconds between its points."""

    name: str
    seconds: int
    step: int


SPANS = (
    Span("1h", 3600, 30),
    Span("6h", 6 * 3600, 120),
    Span("24h", 24 * 3600, 300),
    Span("7d", 7 * 86_400, 3600),
    Span("30d", 30 * 86_400, 3 * 3600),
)
DEFAULT = "24h"


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: its lines by the names of their series, all of one unit; `zero` lets its axis begin at zero."""

    key: str
    unit: Unit
    lines: tuple[str, ...]
    zero: bool = True


CHARTS = (
    Chart("freshness", "seconds", ("freshness_p50_seconds", "freshness_p99_seconds")),
    Chart("rows", "rate", ("rows_per_second", "changes_per_second")),
    Chart("requests", "minute", ("requests_per_second", "rate_limited_per_minute")),
    Chart("latency", "seconds", ("ploomes_latency_seconds", "budget_wait_seconds")),
    Chart("errors", "minute", tuple(f"errors_{kind.value}_per_minute" for kind in ErrorClass)),
    Chart("queues", "count", ("webhooks_waiting", "jobs_waiting", "quarantined")),
    Chart("products", "count", ("products",), zero=False),
    Chart("cache", "share", ("cache_hit_rate",)),
    Chart("api", "rate", ("http_requests_per_second",)),
    Chart("api_latency", "seconds", ("http_latency_seconds",)),
    Chart("cpu", "share", ("cpu",)),
    Chart("memory", "bytes", ("memory_bytes",)),
)
"""All charts, in their order."""
LINES: dict[str, Unit] = {name: chart.unit for chart in CHARTS for name in chart.lines}
_SCALES = {"requests_per_second": _MINUTE}
"""What a series is multiplied by to be of its chart's unit."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The figures of all lines over the same steps; None where nothing was measured."""

    start: int
    step: int
    values: Mapping[str, Sequence[float | None]]

    @property
    def measured_at(self) -> int | None:
        """When the last step ended in which anything was measured, in seconds since 1970."""
        ends = [at for line in self.values.values() for at, value in enumerate(line, 1) if value is not None]
        return self.start + self.step * max(ends) if ends else None


def span_of(name: str | None) -> Span:
    """Return the range of this name; the usual one when there is none."""
    found = {span.name: span for span in SPANS}
    return found.get(name or "", found[DEFAULT])


def step_of(span: Span, interval: float) -> int:
    """Return the seconds between two points: each shall hold two samples of every process."""
    return max(span.step, ceil(_SAMPLES_A_POINT * interval))


def drawn(history: MetricHistory, now: datetime, interval: float) -> Drawn:
    """Round the figures; a last step that has just begun is left out, since few samples would make it jump."""
    begun = (now - history.since).total_seconds() % history.step_seconds
    young = begun < min(history.step_seconds, _SETTLED * interval)
    values = {
        line.name: [_scaled(line.name, point.value) for point in line.points[: -1 if young else None]]
        for line in history.series
    }
    return Drawn(int(history.since.timestamp()), history.step_seconds, values)


def _scaled(name: str, value: float | None) -> float | None:
    return None if value is None else rounded(value * _SCALES.get(name, 1.0))


def rounded(value: float) -> float:
    """Keep the digits that a chart can show."""
    if not value:
        return 0
    digits = _DIGITS - 1 - floor(log10(abs(value)))
    short = round(value, digits)
    return int(short) if digits <= 0 or short == int(short) else short


@dataclass(frozen=True, slots=True)
class Told:
    """One line in words: its last value, the least, the mean and the most."""

    last: str
    least: str
    mean: str
    most: str


def told(name: str, values: Iterable[float | None], speech: Speech) -> Told:
    """Put a line into words."""
    known = [value for value in values if value is not None]
    if not known:
        return Told(NOTHING, NOTHING, NOTHING, NOTHING)
    unit = LINES[name]
    figures = (known[-1], min(known), sum(known) / len(known), max(known))
    return Told(*(say(value, unit, speech) for value in figures))


def say(value: float, unit: Unit, speech: Speech) -> str:
    """Write a value with its unit."""
    match unit:
        case "rate":
            return f"{_short(value, speech)}/s"
        case "minute":
            return f"{_short(value, speech)}/min"
        case "seconds":
            return speech.duration(value)
        case "share":
            return speech.share(value)
        case "bytes":
            return speech.bytes(value)
        case "count":
            return _short(value, speech)


def _short(value: float, speech: Speech) -> str:
    return speech.number(value, 0 if value >= 100 else 1 if value >= 1 else 2)  # noqa: PLR2004 - three digits


def stale_at(figures: Drawn, now: datetime) -> int | None:
    """Return when the last measurement was, if that is too long ago for what is running."""
    measured = figures.measured_at
    late = measured is not None and now.timestamp() - measured > _LATE_STEPS * figures.step
    return measured if late else None


def names() -> list[str]:
    """Return all series that the charts are made of."""
    return list(chain.from_iterable(chart.lines for chart in CHARTS))
