"""The figures of a snapshot as Prometheus names them; each is read from the status and from nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from ploomes_sync.domain.status import SystemStatus

Value = float | datetime | None
Values = Iterable[tuple[tuple[str, ...], Value]]


class Family(NamedTuple):
    """One metric: its name after the prefix, what it teaches, its labels, and its values in a snapshot."""

    name: str
    help: str
    values: Callable[[SystemStatus], Values]
    labels: tuple[str, ...] = ()


def _one(pick: Callable[[SystemStatus], Value]) -> Callable[[SystemStatus], Values]:
    return lambda status: [((), pick(status))]


def _each(pick: Callable[[SystemStatus], dict[str, int]]) -> Callable[[SystemStatus], Values]:
    return lambda status: [((name,), value) for name, value in pick(status).items()]


def _freshness(status: SystemStatus) -> Values:
    fresh = status.freshness
    windows = {("1h", "all"): fresh.last_hour, **{("24h", name): of for name, of in fresh.by_strategy.items()}}
    yield ("24h", "all", "0.5"), fresh.p50
    yield ("24h", "all", "0.99"), fresh.p99
    for labels, found in windows.items():
        yield (*labels, "0.5"), found.p50
        yield (*labels, "0.99"), found.p99


def _changes(status: SystemStatus) -> Values:
    fresh = status.freshness
    yield ("24h", "all"), fresh.changes
    yield ("1h", "all"), fresh.last_hour.changes
    for name, found in fresh.by_strategy.items():
        yield ("24h", name), found.changes


def _cache(status: SystemStatus) -> Values:
    if status.cache is not None:
        for kind, counts in {"all": status.cache.total, **status.cache.kinds}.items():
            for name in ("hits", "misses", "stale", "shared", "loads", "evictions"):
                yield (kind, name), getattr(counts, name)


def _cache_sizes(status: SystemStatus) -> Values:
    if status.cache is not None:
        for kind, counts in {"all": status.cache.total, **status.cache.kinds}.items():
            yield (kind,), counts.size


def _cache_rates(status: SystemStatus) -> Values:
    if status.cache is not None:
        for kind, counts in {"all": status.cache.total, **status.cache.kinds}.items():
            yield (kind,), counts.hit_rate


def _errors(status: SystemStatus) -> Values:
    classes: dict[str, int] = {}
    for found in status.errors:
        classes[found.error_class.value] = classes.get(found.error_class.value, 0) + found.failures
    return [((name,), failures) for name, failures in classes.items()]


def _source(status: SystemStatus) -> Values:
    if status.source is not None:
        for name in ("products", "stored", "parked"):
            yield (name,), getattr(status.source, name)


_CATALOGUE = (
    Family(
        "source_products",
        "Products as the newest complete walk found them: what Ploomes said it has, what was stored, and what was "
        "parked in quarantine. The first less the others is missing.",
        _source,
        ("where",),
    ),
    Family(
        "source_timestamp_seconds",
        "When Ploomes was counted.",
        _one(lambda s: s.source.counted_at if s.source else None),
    ),
    Family("products", "Products that are not deleted.", _one(lambda s: s.totals.products)),
    Family(
        "segment_products",
        "Products by segment; segments overlap.",
        _each(lambda s: s.totals.segments),
        ("segment",),
    ),
    Family("type_products", "Products by type.", _each(lambda s: s.totals.types), ("type",)),
    Family("products_day_change", "Products more (or fewer) than a day ago.", _one(lambda s: s.totals.change)),
    Family(
        "segment_products_day_change",
        "Products of a segment more (or fewer) than a day ago.",
        _each(lambda s: s.totals.change_by_segment),
        ("segment",),
    ),
    Family(
        "freshness_seconds",
        "Percentiles of the time from a change in Ploomes to its commit here, over the last hour or day. First "
        "loads do not count. The headline: if it grows, changes arrive late.",
        _freshness,
        ("window", "strategy", "quantile"),
    ),
    Family(
        "freshness_changes",
        "How many changes the freshness was measured on.",
        _changes,
        ("window", "strategy"),
    ),
    Family("covered_timestamp_seconds", "When the newest sync of everything began.", _one(lambda s: s.covered_at)),
    Family("covered_age_seconds", "How long ago that was.", _one(lambda s: s.covered_seconds)),
    Family("complete_timestamp_seconds", "When the newest complete walk began.", _one(lambda s: s.complete_at)),
    Family(
        "watermark_timestamp_seconds", "Up to when, in Ploomes' time, all is read.", _one(lambda s: s.watermark)
    ),
    Family("next_sync_timestamp_seconds", "When a worker syncs next by itself.", _one(lambda s: s.next_sync_at)),
)
_RUNS = (
    Family("runs_open", "Runs that are queued or running.", _one(lambda s: len(s.running))),
    Family("runs_day", "Runs of 24 hours by status.", _each(lambda s: s.run_totals.by_status), ("status",)),
    Family("requests_day", "Requests to Ploomes by the runs of 24 hours.", _one(lambda s: s.run_totals.requests)),
    Family("retries_day", "How many of these repeated a failed one.", _one(lambda s: s.run_totals.retries)),
    Family("pages_day", "Pages that the runs of 24 hours have stored.", _one(lambda s: s.run_totals.pages)),
    Family(
        "rows_day",
        "Products that the runs of 24 hours have read, by what came of them.",
        _each(lambda s: s.run_totals.rows),
        ("outcome",),
    ),
    Family(
        "quarantined_records",
        "Records that cannot be stored and wait in quarantine.",
        _one(lambda s: s.quarantine.parked),
    ),
    Family(
        "quarantined_reason_records",
        "Records in quarantine by reason.",
        _each(lambda s: s.quarantine.by_reason),
        ("reason",),
    ),
    Family(
        "quarantined_timestamp_seconds",
        "Since when the oldest of them waits.",
        _one(lambda s: s.quarantine.oldest_at),
    ),
    Family("runs_waiting", "Runs whose deletions wait for a person.", _one(lambda s: len(s.waiting))),
    Family(
        "deletions_waiting", "Deletions that wait for a person.", _one(lambda s: sum(w.missing for w in s.waiting))
    ),
    Family("errors_day", "Failed attempts of 24 hours, by class.", _errors, ("error_class",)),
    Family(
        "tuner_steps_shown", "Decisions of the self-tuning that the status shows.", _one(lambda s: len(s.tuning))
    ),
    Family("rows_per_second", "Products read, over five minutes.", _one(lambda s: s.activity.rows_per_second)),
    Family(
        "requests_per_second",
        "Requests to Ploomes, over five minutes.",
        _one(lambda s: s.activity.requests_per_second),
    ),
    Family(
        "rate_limited_per_minute",
        "Answers 429 of Ploomes, over five minutes.",
        _one(lambda s: s.activity.rate_limited_per_minute),
    ),
    Family(
        "ploomes_latency_seconds",
        "Mean time of a request to Ploomes, over five minutes.",
        _one(lambda s: s.activity.ploomes_latency_seconds),
    ),
    Family(
        "api_requests_per_second",
        "Requests to the HTTP API, over five minutes.",
        _one(lambda s: s.activity.api_requests_per_second),
    ),
    Family(
        "api_latency_seconds",
        "Mean time of an answer of the HTTP API, over five minutes.",
        _one(lambda s: s.activity.api_latency_seconds),
    ),
    Family(
        "cache_recent_hit_rate",
        "Share of reads that memory answered, in all processes, over five minutes.",
        _one(lambda s: s.activity.cache_hit_rate),
    ),
)
_QUEUES = (
    Family("webhooks_registered", "Webhooks at Ploomes that are ours.", _one(lambda s: s.webhooks.registered)),
    Family(
        "webhook_products_waiting",
        "Products that webhooks named, to be fetched.",
        _one(lambda s: s.webhooks.waiting),
    ),
    Family(
        "webhook_products_being_fetched", "Those being fetched just now.", _one(lambda s: s.webhooks.being_fetched)
    ),
    Family("webhook_products_failing", "Those whose last fetch failed.", _one(lambda s: s.webhooks.failing)),
    Family(
        "webhook_oldest_seconds", "How long the oldest of them waits.", _one(lambda s: s.webhooks.oldest_seconds)
    ),
    Family(
        "webhook_messages_day",
        "Messages of webhooks within 24 hours, by verdict.",
        _each(lambda s: s.webhooks.received),
        ("verdict",),
    ),
    Family("webhook_timestamp_seconds", "When the last message came.", _one(lambda s: s.webhooks.last_at)),
    Family("workers", "Workers that were heard of within a minute.", _one(lambda s: s.jobs.workers)),
    Family("jobs_waiting", "Jobs that are due.", _one(lambda s: s.jobs.waiting)),
    Family("jobs_running", "Jobs that are being worked on.", _one(lambda s: s.jobs.running)),
    Family("jobs_failed_day", "Jobs that failed within 24 hours.", _one(lambda s: s.jobs.failed)),
    Family("jobs_oldest_seconds", "How long the oldest due job waits.", _one(lambda s: s.jobs.oldest_seconds)),
    Family("budget_limit", "Requests a minute that Ploomes allows; 0: no limit.", _one(lambda s: s.budget.limit)),
    Family("budget_reserve", "How many of these are left to others.", _one(lambda s: s.budget.reserve)),
    Family("budget_left", "Requests that may still begin within a minute.", _one(lambda s: s.budget.left)),
    Family("budget_blocked_seconds", "Pause that Ploomes asked for.", _one(lambda s: s.budget.blocked_seconds)),
    Family("budget_slow_seconds", "Seconds of half speed after a 429.", _one(lambda s: s.budget.slow_seconds)),
    Family("budget_booked_seconds", "Seconds of turns that are taken.", _one(lambda s: s.budget.booked_seconds)),
    Family(
        "breaker_state",
        "The circuit to Ploomes: 1 for the state that it is in. Open means that nothing is asked.",
        lambda s: [((name,), float(s.budget.breaker == name)) for name in ("closed", "half_open", "open")],
        ("state",),
    ),
)
_SYSTEM = (
    Family(
        "info",
        "The versions of the program and of PostgreSQL.",
        lambda s: [((s.version, s.database.version or "", s.process.role), 1)],
        ("version", "postgres", "role"),
    ),
    Family("schema_version", "The version of the schema.", _one(lambda s: s.schema_version)),
    Family(
        "schema_expected", "The version of the schema that this program needs.", _one(lambda s: s.schema_expected)
    ),
    Family("source_configured", "1 with a key to Ploomes.", _one(lambda s: float(s.source_configured))),
    Family("warnings", "How many things deserve a look; the status says which.", _one(lambda s: len(s.warnings))),
    Family("snapshot_timestamp_seconds", "When these figures were read.", _one(lambda s: s.read_at)),
    Family("snapshot_age_seconds", "How old the figures from PostgreSQL are.", _one(lambda s: s.age_seconds)),
    Family("snapshot_stale", "1 while PostgreSQL does not answer.", _one(lambda s: float(s.stale))),
    Family("database_up", "1 while PostgreSQL answers.", _one(lambda s: float(s.database.ok))),
    Family("database_latency_seconds", "Time of one transaction.", _one(lambda s: s.database.latency_seconds)),
    Family("database_bytes", "Size of the database.", _one(lambda s: s.database.size_bytes)),
    Family("database_connections", "Connections that the server has.", _one(lambda s: s.database.connections)),
    Family("database_connections_most", "How many it allows.", _one(lambda s: s.database.connections_most)),
    Family("pool_connections", "Connections of this process.", _one(lambda s: s.database.pool.size)),
    Family("pool_connections_available", "Those that are idle.", _one(lambda s: s.database.pool.available)),
    Family("pool_connections_most", "How many there may be.", _one(lambda s: s.database.pool.most)),
    Family(
        "pool_requests_waiting", "Callers that wait for one.", _one(lambda s: s.database.pool.requests_waiting)
    ),
    Family("process_uptime_seconds", "How long this process runs.", _one(lambda s: s.process.uptime_seconds)),
    Family("process_cpu_ratio", "Share of one core that it uses.", _one(lambda s: s.process.cpu)),
    Family("process_memory_bytes", "Memory that it holds.", _one(lambda s: s.process.memory_bytes)),
    Family(
        "process_memory_free_bytes",
        "Memory that the machine has left.",
        _one(lambda s: s.process.memory_free_bytes),
    ),
    Family("process_disk_free_bytes", "Room on the disk of its data.", _one(lambda s: s.process.disk_free_bytes)),
    Family(
        "process_disk_free_ratio", "Share of that disk that is free.", _one(lambda s: s.process.disk_free_share)
    ),
    Family("process_open_files", "Files and sockets that it holds open.", _one(lambda s: s.process.open_files)),
    Family("process_threads", "Its threads.", _one(lambda s: s.process.threads)),
    Family(
        "process_loop_lag_seconds",
        "The worst delay of the event loop lately; high values mean that something blocks the process.",
        _one(lambda s: s.process.loop_lag_seconds),
    ),
    Family("cache_answers", "Answers of the cache since the process began.", _cache, ("kind", "answer")),
    Family("cache_entries", "Keys in memory.", _cache_sizes, ("kind",)),
    Family(
        "cache_hit_ratio", "Share of reads that memory answered since the process began.", _cache_rates, ("kind",)
    ),
    Family("cache_capacity", "Keys that fit.", _one(lambda s: s.cache.capacity if s.cache else None)),
    Family(
        "cache_checked_seconds",
        "Age of the last look for changes.",
        _one(lambda s: s.cache.checked if s.cache else None),
    ),
    Family(
        "cache_away", "1 while the cache cannot ask.", _one(lambda s: float(s.cache.away) if s.cache else None)
    ),
)
FAMILIES = (*_CATALOGUE, *_RUNS, *_QUEUES, *_SYSTEM)
