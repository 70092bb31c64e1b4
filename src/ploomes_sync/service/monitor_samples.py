"""What one process measures for the history: sums since its sample before, and gauges."""

from __future__ import annotations

from ploomes_sync.domain.status import SystemStatus
from ploomes_sync.errors import ErrorClass
from ploomes_sync.telemetry import metrics
from ploomes_sync.telemetry.metrics import total

_CHANGES = ("inserted", "updated", "deleted", "restored")


def sums() -> dict[str, float]:
    """Return what this process has done since it began."""
    return {
        "rows": total(metrics.ROWS) - total(metrics.ROWS, outcome="deleted"),
        "changes": sum(total(metrics.ROWS, outcome=name) for name in _CHANGES),
        "pages": total(metrics.PAGES),
        "requests": total(metrics.PLOOMES_REQUESTS),
        "rate_limited": total(metrics.PLOOMES_REQUESTS, outcome="rate_limited"),
        "retries": total(metrics.PLOOMES_RETRIES),
        "ploomes_seconds": total(metrics.PLOOMES_SECONDS, "_sum"),
        "budget_seconds": total(metrics.BUDGET_WAIT, "_sum"),
        "budget_turns": total(metrics.BUDGET_WAIT, "_count"),
        "transactions": total(metrics.TRANSACTION_SECONDS, "_count"),
        "transaction_seconds": total(metrics.TRANSACTION_SECONDS, "_sum"),
        "http_requests": total(metrics.HTTP_REQUESTS),
        "http_errors": _server_errors(),
        "http_seconds": total(metrics.HTTP_SECONDS, "_sum"),
        "webhooks": total(metrics.WEBHOOKS),
        "jobs": total(metrics.JOBS),
        **{f"errors_{kind.value}": total(metrics.FAILURES, error_class=kind.value) for kind in ErrorClass},
    }


def _server_errors() -> float:
    samples = (sample for family in metrics.HTTP_REQUESTS.collect() for sample in family.samples)
    return sum(one.value for one in samples if one.name.endswith("_total") and one.labels["status"][:1] == "5")


def cache_sums(status: SystemStatus) -> dict[str, float]:
    """Return how often this process's cache was asked and had the answer, since it began."""
    if status.cache is None:
        return {"cache_hits": 0.0, "cache_reads": 0.0}
    counts = status.cache.total
    return {"cache_hits": counts.hits, "cache_reads": counts.hits + counts.misses}


def gauges(status: SystemStatus) -> dict[str, float]:
    """Return how the process stands, and the installation unless PostgreSQL is away."""
    process = {
        "cpu": status.process.cpu,
        "memory_bytes": status.process.memory_bytes,
        "loop_lag_seconds": status.process.loop_lag_seconds,
        "disk_free_bytes": status.process.disk_free_bytes,
        "pool_used": status.database.pool.size - status.database.pool.available,
    }
    known = {} if status.stale or status.read_at is None else _installation(status)
    return process | {name: float(value) for name, value in known.items() if value is not None}


def _installation(status: SystemStatus) -> dict[str, float | None]:
    return {
        "database_bytes": status.database.size_bytes,
        "products": status.totals.products,
        **{f"products.{name}": count for name, count in status.totals.segments.items()},
        "quarantined": status.quarantine.parked,
        "webhooks_waiting": status.webhooks.waiting,
        "jobs_waiting": status.jobs.waiting,
        "budget_left": status.budget.left,
        "freshness_p50_seconds": status.freshness.last_hour.p50,
        "freshness_p99_seconds": status.freshness.last_hour.p99,
        "covered_seconds": status.covered_seconds,
    }


class Since:
    """Turns sums since the begin of the process into sums since the last call."""

    def __init__(self) -> None:
        self._before: dict[str, float] = {}

    def take(self, now: dict[str, float]) -> dict[str, float]:
        """Return what has been added since the last call."""
        added = {name: value - self._before.get(name, 0.0) for name, value in now.items()}
        self._before = now
        return added
