"""What a sync is asked to do, what it plans and what came of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Strategy(StrEnum):
    """How a run reads the source."""

    REAL_TIME = "real-time"
    INCREMENTAL = "incremental"
    BATCH = "batch"


class Urgency(StrEnum):
    """How soon the caller needs the result."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Lane(StrEnum):
    """The lanes of the request budget, fastest first."""

    REAL_TIME = "real-time"
    INCREMENTAL = "incremental"
    SWEEP = "sweep"


class RunStatus(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    NEEDS_CONFIRMATION = "needs_confirmation"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def words(self) -> str:
        """The state as a person writes it."""
        return self.value.replace("_", " ")


UNSAVED = UUID(int=0)
"""The id of a run that no database knows."""
OPEN_STATUSES = (RunStatus.QUEUED, RunStatus.RUNNING)


class SyncRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a caller wants synced; all callers (command line, API, library, webhook, job) make the same one.

    `origin` says which of them it is. `allow_deletes` raises the ceiling of deletions for this run to that many
    products.
    """

    strategy: Strategy | None = None
    segments: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    urgency: Urgency = Urgency.NORMAL
    context: tuple[str, ...] = ()
    origin: str = "cli"
    allow_deletes: int | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What choosing a strategy may know.

    `watermark` is the source's time up to which everything has been read; `covered_at` is when the last covering
    run began; `changed` is how many products changed since the watermark, `high_water` the newest
    `LastUpdateDate` among them; `stored` is how many products the mirror holds.
    """

    watermark: datetime | None = None
    covered_at: datetime | None = None
    complete_at: datetime | None = None
    changed: int | None = None
    high_water: datetime | None = None
    stored: int = 0


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a run will read the source; frozen when the run is made, so that whoever resumes it does the same.

    `since` bounds `LastUpdateDate` from below. `complete` means that the walk proves absence within its scope
    (everything, or the rows of `segments`). `covering` means that the watermark may move to `watermark` when the
    run has succeeded. `filter` is the part of a segment's rule that Ploomes can evaluate.
    """

    strategy: Strategy
    reason: str
    lane: Lane = Lane.SWEEP
    ids: tuple[int, ...] = ()
    segments: tuple[str, ...] = ()
    filter: str | None = None
    since: datetime | None = None
    complete: bool = False
    covering: bool = False
    watermark: datetime | None = None
    expected: int | None = None


class PlanPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a sync would be like if it began now, as far as that is known without reading the products.

    `products` are expected to be read, None when nobody knows; `requests` is what it costs about, and `minutes`
    how long these take at the pace of the account's budget as it stands. A `complete` one also finds what Ploomes
    no longer has. `since` is how far back an incremental one looks.
    """

    strategy: Strategy
    reason: str
    lane: Lane
    segments: tuple[str, ...]
    complete: bool
    since: datetime | None
    products: int | None
    requests: int
    minutes: float


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Counters of a run; they add up with `+`."""

    requests: int = 0
    retries: int = 0
    pages: int = 0
    fetched: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    restored: int = 0
    rejected: int = 0
    stale: int = 0
    errors: dict[str, int] = {}

    def __add__(self, other: Outcome) -> Outcome:
        """Sum of the counters, class by class for errors."""
        numbers = {
            name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__ if name != "errors"
        }
        classes = self.errors.keys() | other.errors.keys()
        errors = {name: self.errors.get(name, 0) + other.errors.get(name, 0) for name in sorted(classes)}
        return Outcome(**numbers, errors=errors)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the id space that one lane of a walk reads: above `after`, up to `upto` (no end if None)."""

    number: int
    after: int = 0
    upto: int | None = None
    done: bool = False
    remaining: int | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One sync, from request to result; it is planned when it is first worked on.

    `failures` counts the attempts in a row that came to nothing; before `resume_after` nobody tries again unasked.
    """

    id: UUID
    request: SyncRequest
    status: RunStatus
    plan: Plan | None = None
    outcome: Outcome = Outcome()
    attempt: int = 0
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    error: str | None = None
    missing: int = 0
    failures: int = 0
    resume_after: datetime | None = None

    @classmethod
    def unsaved(cls, request: SyncRequest, plan: Plan, now: datetime) -> Run:
        """Return a run that no database knows, for a preview."""
        return cls(
            id=UNSAVED, request=request, status=RunStatus.RUNNING, plan=plan, created_at=now, started_at=now
        )


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """The run that does what was asked.

    `created`: it was made for this; `joined`: it was under way already. Neither: the idempotency key was known.
    """

    run: Run
    created: bool = False
    joined: bool = False
