"""How the installation and this process stand: one snapshot that status, health, metrics and history tell of.

Whatever has the word seconds in its name is in seconds; sizes are in bytes, shares from 0 to 1.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from ploomes_sync.domain.cache import CacheStats
from ploomes_sync.domain.history import RunEntry
from ploomes_sync.errors import ErrorClass


class Level(StrEnum):
    """How a part of the service stands; only `failed` makes the whole unhealthy."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class HealthPart(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the service; `reason` says in one sentence what is known of it."""

    name: str
    ok: bool
    level: Level
    reason: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the service does its work, and part by part why not."""

    ok: bool
    checked_at: datetime
    parts: tuple[HealthPart, ...]


class Delays(msgspec.Struct, frozen=True, kw_only=True):
    """How late changes of the source reached the mirror; None where nothing changed."""

    changes: int = 0
    p50: float | None = None
    p99: float | None = None


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """The headline: `p50` and `p99` seconds from a change in Ploomes to its commit here, over 24 hours."""

    changes: int = 0
    p50: float | None = None
    p99: float | None = None
    last_hour: Delays = Delays()
    by_strategy: dict[str, Delays] = {}


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Products that are not deleted; segments overlap. `change` is against a day ago, None when unknown."""

    products: int = 0
    segments: dict[str, int] = {}
    types: dict[str, int] = {}
    change: int | None = None
    change_by_segment: dict[str, int] = {}


class SourceCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many products Ploomes said it has, and when it said so.

    At the same moment the mirror had `stored` products, and `parked` others were in quarantine.
    """

    products: int
    counted_at: datetime
    stored: int
    parked: int

    @property
    def missing(self) -> int:
        """How many products of Ploomes were nowhere here; below 0 for those that only the mirror had."""
        return self.products - self.stored - self.parked


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """Records that wait in quarantine."""

    parked: int = 0
    by_reason: dict[str, int] = {}
    oldest_at: datetime | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A run that waits for a person to confirm its deletions."""

    run_id: UUID
    missing: int
    since: datetime


class WebhookStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Products that webhooks have named and that wait to be fetched, and what came in over 24 hours."""

    registered: int = 0
    callback_url: str | None = None
    waiting: int = 0
    being_fetched: int = 0
    failing: int = 0
    oldest_seconds: float | None = None
    error: str | None = None
    received: dict[str, int] = {}
    last_at: datetime | None = None


class BudgetStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The account's request budget; `left` may still begin within the next minute, None without a limit."""

    limit: int = 0
    reserve: int = 0
    left: int | None = None
    blocked_seconds: float = 0.0
    slow_seconds: float = 0.0
    booked_seconds: float = 0.0
    breaker: str = "closed"


class TunerStep(msgspec.Struct, frozen=True, kw_only=True):
    """One decision of the self-tuning: rows a page or lanes, from what to what, and why."""

    run_id: UUID | None
    at: datetime
    what: str
    before: int
    after: int
    reason: str


class ErrorStat(msgspec.Struct, frozen=True, kw_only=True):
    """Failures of one class at one endpoint; `advice` says what to do next."""

    error_class: ErrorClass
    endpoint: str
    failures: int
    first_at: datetime
    last_at: datetime
    advice: str


class RunTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What the runs of 24 hours have done, and how many of them ended how."""

    by_status: dict[str, int] = {}
    requests: int = 0
    retries: int = 0
    pages: int = 0
    rows: dict[str, int] = {}


class JobStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The job queue: jobs due or running, failed ones of 24 hours, and workers with a fresh heartbeat."""

    workers: int = 0
    waiting: int = 0
    running: int = 0
    failed: int = 0
    oldest_seconds: float | None = None


class PoolStatus(msgspec.Struct, frozen=True, kw_only=True):
    """This process's connections to PostgreSQL."""

    size: int = 0
    available: int = 0
    most: int = 0
    requests_waiting: int = 0


class DatabaseStatus(msgspec.Struct, frozen=True, kw_only=True):
    """PostgreSQL as it answered last; `error` says why it does not answer now."""

    ok: bool = False
    error: str | None = None
    version: str | None = None
    latency_seconds: float | None = None
    size_bytes: int | None = None
    connections: int | None = None
    connections_most: int | None = None
    pool: PoolStatus = PoolStatus()


class ProcessStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The process that answers; `cpu` is the share of one core since the last look."""

    instance: str = ""
    role: str = ""
    uptime_seconds: float = 0.0
    cpu: float = 0.0
    memory_bytes: int = 0
    memory_free_bytes: int = 0
    disk_free_bytes: int = 0
    disk_free_share: float = 1.0
    open_files: int = 0
    threads: int = 0
    loop_lag_seconds: float = 0.0


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """What all processes together did in the last five minutes, a second; None where nothing was done."""

    rows_per_second: float = 0.0
    requests_per_second: float = 0.0
    rate_limited_per_minute: float = 0.0
    ploomes_latency_seconds: float | None = None
    api_requests_per_second: float = 0.0
    api_latency_seconds: float | None = None
    cache_hit_rate: float | None = None


class SystemStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Everything worth knowing at a glance, as of `read_at`.

    `generated_at` is when it was told. When PostgreSQL does not answer, `stale` is true and whatever comes from
    it is as old as `age_seconds` says, or missing when it was never read.
    """

    generated_at: datetime
    read_at: datetime | None = None
    age_seconds: float | None = None
    stale: bool = False
    version: str = ""
    schema_version: int | None = None
    schema_expected: int = 0
    source_configured: bool = False
    totals: Totals = Totals()
    source: SourceCount | None = None
    freshness: Freshness = Freshness()
    covered_at: datetime | None = None
    covered_seconds: float | None = None
    complete_at: datetime | None = None
    watermark: datetime | None = None
    next_sync_at: datetime | None = None
    running: tuple[RunEntry, ...] = ()
    runs: tuple[RunEntry, ...] = ()
    run_totals: RunTotals = RunTotals()
    quarantine: Quarantined = Quarantined()
    waiting: tuple[Waiting, ...] = ()
    webhooks: WebhookStatus = WebhookStatus()
    budget: BudgetStatus = BudgetStatus()
    tuning: tuple[TunerStep, ...] = ()
    errors: tuple[ErrorStat, ...] = ()
    activity: Activity = Activity()
    cache: CacheStats | None = None
    jobs: JobStatus = JobStatus()
    database: DatabaseStatus = DatabaseStatus()
    process: ProcessStatus = ProcessStatus()
    warnings: tuple[str, ...] = ()


class MetricPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The value of a series over the step that begins at `at`; None where nothing was measured."""

    at: datetime
    value: float | None


class MetricSeries(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a chart."""

    name: str
    unit: str
    points: tuple[MetricPoint, ...]


class MetricHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Series over the same steps of `step_seconds`, oldest first."""

    since: datetime
    step_seconds: int
    series: tuple[MetricSeries, ...]


ADVICE: dict[ErrorClass, str] = {
    ErrorClass.NETWORK: "Ploomes could not be reached or failed: nothing to do if it heals; else check "
    "PLOOME_API_URL and the network.",
    ErrorClass.RATE_LIMIT: "Ploomes asked to slow down: if it lasts, leave more to the other integrations by "
    "API_RATE_LIMIT_RESERVE.",
    ErrorClass.DATABASE: "PostgreSQL failed: run `ploomes-sync doctor`, which says what it lacks.",
    ErrorClass.VALIDATION: "A setting, a rule or a request was refused: `ploomes-sync logs` has the run's error.",
    ErrorClass.AUTHENTICATION: "Ploomes refused the key: put the integration user's current key into "
    "PLOOME_API_KEY.",
    ErrorClass.UNKNOWN: "Unexpected: set DEBUG=product-sync:* and look at the log for the traceback.",
}
"""What to do next about each class of errors."""
