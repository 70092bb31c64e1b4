"""What the history keeps and what its charts show of it (pure).

A process keeps sums of what it did since its sample before, and gauges. A series is made of them for any step: a
rate of a sum, a ratio of two sums, or the mean of a gauge over all samples of all processes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ploomes_sync.domain.status import MetricHistory, MetricPoint, MetricSeries
from ploomes_sync.errors import ErrorClass

MOST_POINTS = 2000
_SEGMENT = "products."
_MINUTE = 60.0


class Sum(NamedTuple):
    """What all samples of a step add up to, and how many they are."""

    total: float
    samples: int


class Series(NamedTuple):
    """How a line of a chart is made: `of` a second (times `scale`), `of` divided by `per`, or the mean of `of`."""

    unit: str
    of: str
    per: str | None = None
    scale: float | None = None

    def value(self, sums: Mapping[str, Sum], seconds: float) -> float | None:
        """Return the value over a step of so many seconds; None where nothing was measured."""
        mine = sums.get(self.of)
        if mine is None or not mine.samples:
            return None
        if self.scale is not None:
            return mine.total * self.scale / seconds
        if self.per is None:
            return mine.total / mine.samples
        other = sums.get(self.per)
        return mine.total / other.total if other and other.total else None


def _rate(of: str, unit: str = "1/s", scale: float = 1.0) -> Series:
    return Series(unit, of, scale=scale)


SERIES: dict[str, Series] = {
    "rows_per_second": _rate("rows"),
    "changes_per_second": _rate("changes"),
    "pages_per_second": _rate("pages"),
    "requests_per_second": _rate("requests"),
    "rate_limited_per_minute": _rate("rate_limited", "1/min", _MINUTE),
    "retries_per_minute": _rate("retries", "1/min", _MINUTE),
    "ploomes_latency_seconds": Series("s", "ploomes_seconds", per="requests"),
    "budget_wait_seconds": Series("s", "budget_seconds", per="budget_turns"),
    "transactions_per_second": _rate("transactions"),
    "transaction_latency_seconds": Series("s", "transaction_seconds", per="transactions"),
    "http_requests_per_second": _rate("http_requests"),
    "http_errors_per_minute": _rate("http_errors", "1/min", _MINUTE),
    "http_latency_seconds": Series("s", "http_seconds", per="http_requests"),
    "webhooks_per_second": _rate("webhooks"),
    "cache_hit_rate": Series("share", "cache_hits", per="cache_reads"),
    "jobs_per_minute": _rate("jobs", "1/min", _MINUTE),
    "cpu": Series("share", "cpu"),
    "memory_bytes": Series("B", "memory_bytes"),
    "loop_lag_seconds": Series("s", "loop_lag_seconds"),
    "disk_free_bytes": Series("B", "disk_free_bytes"),
    "pool_used": Series("connections", "pool_used"),
    "database_bytes": Series("B", "database_bytes"),
    "products": Series("products", "products"),
    "quarantined": Series("records", "quarantined"),
    "webhooks_waiting": Series("products", "webhooks_waiting"),
    "jobs_waiting": Series("jobs", "jobs_waiting"),
    "budget_left": Series("requests", "budget_left"),
    "freshness_p50_seconds": Series("s", "freshness_p50_seconds"),
    "freshness_p99_seconds": Series("s", "freshness_p99_seconds"),
    "covered_seconds": Series("s", "covered_seconds"),
    **{f"errors_{kind.value}_per_minute": _rate(f"errors_{kind.value}", "1/min", _MINUTE) for kind in ErrorClass},
}
"""Every line that a chart may show; the products of a segment are `products.<segment>` besides."""


def series_of(name: str) -> Series:
    """Return how a series is made; raises ValueError when there is none of that name."""
    if name.startswith(_SEGMENT) and len(name) > len(_SEGMENT):
        return Series("products", name)
    if name not in SERIES:
        raise ValueError(f"there is no series {name}: there are {', '.join(sorted(SERIES))}")
    return SERIES[name]


def figures_of(names: Sequence[str]) -> list[str]:
    """Return which kept figures these series are made of."""
    made = [series_of(name) for name in names]
    return sorted({figure for one in made for figure in (one.of, one.per) if figure})


def aligned(since: datetime, step: int) -> datetime:
    """Return the begin of the step that holds `since`: the same chart asked for later has the same steps."""
    moment = since.timestamp()
    return since - timedelta(seconds=moment % step)


def check_span(since: datetime, now: datetime, step: int) -> None:
    """Raise ValueError when that would be no chart."""
    if step < 1:
        raise ValueError("step must be at least 1 second")
    if since.tzinfo is None:
        raise ValueError("since must name its time zone, such as 2026-01-31T12:00:00-03:00")
    if since >= now:
        raise ValueError("since must lie in the past")
    if (now - since) / timedelta(seconds=step) > MOST_POINTS:
        raise ValueError(f"this would be more than {MOST_POINTS} points: take a larger step or a later since")


def history_of(
    names: Sequence[str], since: datetime, step: int, now: datetime, sums: Mapping[datetime, Mapping[str, Sum]]
) -> MetricHistory:
    """Make the series over every step from `since` (the begin of one) to `now`."""
    width = timedelta(seconds=step)
    starts = [since + number * width for number in range(int((now - since) / width) + 1)]

    def point(one: Series, at: datetime) -> MetricPoint:
        seconds = min(float(step), max(1.0, (now - at).total_seconds()))
        return MetricPoint(at=at, value=one.value(sums.get(at, {}), seconds))

    lines = tuple(
        MetricSeries(name=name, unit=one.unit, points=tuple(point(one, at) for at in starts))
        for name, one in ((name, series_of(name)) for name in names)
    )
    return MetricHistory(since=since, step_seconds=step, series=lines)
