"""Reads everything that a snapshot tells of the installation, in one short transaction of a few statements."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from croniter import croniter  # type: ignore[import-untyped]  # brought by the job engine, without types

from ploomes_sync.domain.freshness import Bucket, delays
from ploomes_sync.domain.history import LogQuery, entry
from ploomes_sync.domain.search import Facets
from ploomes_sync.domain.series import Sum, figures_of, series_of
from ploomes_sync.domain.status import (
    ADVICE,
    Activity,
    BudgetStatus,
    DatabaseStatus,
    ErrorStat,
    Freshness,
    Quarantined,
    Totals,
    TunerStep,
    WebhookStatus,
)
from ploomes_sync.errors import ErrorClass
from ploomes_sync.resilience.pace import Pace
from ploomes_sync.store import failures, freshness, history, metrics, runs, webhooks
from ploomes_sync.store.budget import Budget
from ploomes_sync.store.db import Connection, Database, Row

_DAY = timedelta(hours=24)
_HOUR = timedelta(hours=1)
_LATELY = timedelta(minutes=5)
_RUNS = 10
_ACTIVITY = {
    "rows_per_second": "rows_per_second",
    "requests_per_second": "requests_per_second",
    "rate_limited_per_minute": "rate_limited_per_minute",
    "ploomes_latency_seconds": "ploomes_latency_seconds",
    "api_requests_per_second": "http_requests_per_second",
    "api_latency_seconds": "http_latency_seconds",
    "cache_hit_rate": "cache_hit_rate",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, by the names of the status, and when."""

    at: datetime
    stored: dict[str, Any]
    database: DatabaseStatus


async def read(db: Database, pace: Pace, counts: Facets) -> Reading:
    """Read the installation's share of the status; raises StoreDownError when PostgreSQL is away."""
    budget = await Budget(db, pace).state()
    began = time.perf_counter()
    async with db.transaction() as conn:
        row = await metrics.standing(conn)
        latency = time.perf_counter() - began
        now = datetime.now(UTC)
        stored = {
            "totals": _totals(counts, await metrics.day_ago(conn, now - _DAY)),
            **await _catalogue(conn, now),
            **await _work(conn, now, row["workers"]),
        }
    stored |= {
        "schema_version": row["schema_version"],
        "quarantine": _quarantined(row),
        "budget": budget_status(pace, budget),
    }
    return Reading(now, stored, _database(row, latency))


async def _catalogue(conn: Connection, now: datetime) -> dict[str, Any]:
    """Read how fresh the mirror is and what keeps it so."""
    facts = await runs.facts(conn)
    day = await freshness.buckets(conn, now - _DAY)
    hour = await freshness.buckets(conn, now - _HOUR)
    return {
        "covered_at": facts.covered_at,
        "complete_at": facts.complete_at,
        "watermark": facts.watermark,
        "source": await runs.source_count(conn),
        "freshness": _freshness(day, hour),
        "webhooks": await _webhooks(conn, now),
    }


async def _work(conn: Connection, now: datetime, workers: int) -> dict[str, Any]:
    """Read what has been done lately and what is being done."""
    recent, _ = await history.recent(conn, LogQuery(limit=_RUNS))
    names = list(_ACTIVITY.values())
    sums = await metrics.history(conn, figures_of(names), now - _LATELY, int(2 * _LATELY.total_seconds()))
    return {
        "runs": tuple(entry(run, now) for run in recent),
        "running": tuple(entry(run, now) for run in await runs.open_runs(conn)),
        "run_totals": await metrics.run_totals(conn, now - _DAY),
        "waiting": await metrics.waiting(conn),
        "jobs": await metrics.jobs(conn, now - _DAY, workers),
        "tuning": tuple(TunerStep(**step) for step in await runs.tuning(conn, now - _DAY)),
        "errors": await error_stats(conn, now - _DAY),
        "activity": _activity(next(iter(sums.values()), {})),
    }


async def error_stats(conn: Connection, since: datetime) -> tuple[ErrorStat, ...]:
    """Return what failed since then, most frequent first, with what to do next."""
    found = []
    for row in await failures.get_error_stats(conn, since):
        kind = ErrorClass(row["error_class"])
        found.append(ErrorStat(**{**row, "error_class": kind}, advice=ADVICE[kind]))
    return tuple(found)


def budget_status(pace: Pace, row: Row) -> BudgetStatus:
    """Return the request budget as the shared row tells it."""
    return BudgetStatus(
        limit=pace.limit,
        reserve=pace.reserve,
        left=pace.left(max(row["booked"], row["blocked"]), slow=row["slow"] > 0),
        blocked_seconds=round(row["blocked"], 3),
        slow_seconds=round(row["slow"], 3),
        booked_seconds=round(row["booked"], 3),
        breaker=row["breaker"],
    )


def _totals(counts: Facets, before: metrics.Figures) -> Totals:
    """Hold the counts against those of a day ago, as far as these are known."""
    changes = {
        name: count - int(before[f"products.{name}"])
        for name, count in counts.segments.items()
        if f"products.{name}" in before
    }
    change = counts.total - int(before["products"]) if "products" in before else None
    return Totals(
        products=counts.total,
        segments=counts.segments,
        types=counts.types,
        change=change,
        change_by_segment=changes,
    )


def _freshness(day: list[Bucket], hour: list[Bucket]) -> Freshness:
    overall = delays(day)
    strategies = sorted({bucket.strategy for bucket in day})
    return Freshness(
        changes=overall.changes,
        p50=overall.p50,
        p99=overall.p99,
        last_hour=delays(hour),
        by_strategy={name: delays(bucket for bucket in day if bucket.strategy == name) for name in strategies},
    )


async def _webhooks(conn: Connection, now: datetime) -> WebhookStatus:
    queue, known = await webhooks.queue(conn), await webhooks.registered(conn)
    received = await metrics.received(conn, now - _DAY)
    return WebhookStatus(
        registered=len(known.callbacks),
        callback_url=known.callback_url,
        waiting=queue["waiting"],
        being_fetched=queue["being_fetched"],
        failing=queue["failing"],
        oldest_seconds=queue["oldest_seconds"],
        error=queue["error"],
        received={row["verdict"]: row["events"] for row in received},
        last_at=max((row["last_at"] for row in received), default=None),
    )


def _quarantined(row: Row) -> Quarantined:
    parked = row["parked"]
    return Quarantined(parked=sum(parked.values()), by_reason=parked, oldest_at=row["parked_since"])


def _database(row: Row, latency: float) -> DatabaseStatus:
    return DatabaseStatus(
        ok=True,
        version=row["version"],
        latency_seconds=round(latency, 5),
        size_bytes=row["size_bytes"],
        connections=row["connections"],
        connections_most=row["connections_most"],
    )


def _activity(sums: dict[str, Sum]) -> Activity:
    seconds = _LATELY.total_seconds()
    values = {field: series_of(name).value(sums, seconds) for field, name in _ACTIVITY.items()}
    return Activity(**{field: round(value, 4) for field, value in values.items() if value is not None})


def next_sync(schedules: Sequence[str], timezone: str, now: datetime) -> datetime | None:
    """Return when a worker syncs next by itself; None when every schedule is off."""
    local = now.astimezone(ZoneInfo(timezone))
    ticks = [croniter(line, local).get_next(datetime) for line in schedules if line != "off"]
    return min(ticks).astimezone(UTC) if ticks else None
