"""The history of runs as it is asked for and shown; how it is stored does not belong here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from ploomes_sync.domain.changes import ChangeKind
from ploomes_sync.domain.quarantine import QuarantineGroup
from ploomes_sync.domain.run import OPEN_STATUSES, UNSAVED, Outcome, Run, RunStatus, Strategy, Urgency
from ploomes_sync.errors import ErrorClass

MAX_LIMIT = 500
_COUNTERS = Outcome.__struct_fields__


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of the history ended."""

    created_at: Annotated[datetime, msgspec.Meta(tz=True)]
    run_id: UUID


class LogQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which runs to show, newest first; `after` is the `next` of the page before, with the same filters.

    `since` and `until` bound when the run was asked for. `category` is a segment of the profile. `text` is looked
    for, without regard to case, in ids, reasons, errors and events. Raises ValueError when a value makes no sense.
    """

    since: datetime | None = None
    until: datetime | None = None
    strategy: Strategy | None = None
    status: RunStatus | None = None
    category: str | None = None
    error_class: ErrorClass | None = None
    text: str = ""
    limit: int = 50
    after: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise ValueError(f"limit must be between 1 and {MAX_LIMIT}")
        if any(moment is not None and moment.tzinfo is None for moment in (self.since, self.until)):
            raise ValueError("since and until must name their time zone, such as 2026-01-31T12:00:00-03:00")
        self.place()

    def place(self) -> Place | None:
        """Return where the page before ended."""
        if self.after is None:
            return None
        try:
            return msgspec.json.decode(self.after, type=Place)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise ValueError("after must be the `next` of a page of the same history") from None


class RunEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A run as readers see it.

    `expected` is how many products its plan counts on, `progress` the share of them that has been read, 0 to 1;
    `seconds_left` follows from the rate so far. `missing` products wait for a person to confirm their deletion.
    A dry run leaves nothing behind and has no `run_id`.
    """

    run_id: UUID | None
    status: RunStatus
    strategy: Strategy | None
    reason: str | None
    origin: str
    segments: tuple[str, ...]
    ids: tuple[int, ...]
    urgency: Urgency
    context: tuple[str, ...]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    duration_seconds: float | None
    requests: int
    retries: int
    pages: int
    fetched: int
    inserted: int
    updated: int
    unchanged: int
    deleted: int
    restored: int
    rejected: int
    stale: int
    errors: dict[str, int]
    records_per_second: float
    expected: int | None
    progress: float | None
    seconds_left: float | None
    attempt: int
    missing: int
    error: str | None
    resume_after: datetime | None


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the history; `next` is None on the last."""

    items: list[RunEntry]
    next: str | None = None


class RunEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened in a run.

    `id` rises; events of progress are not kept and carry the id of the last kept one, so that whoever lost the
    connection asks for what came after the last id seen.
    """

    id: int
    at: datetime
    event: str
    detail: dict[str, Any] = {}


class MissingProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product that a held deletion would remove; `changed_at` is when it last changed in Ploomes.

    At `last_seen_at` Ploomes is known to have had it: that is when the copy was asked for or the last walk of
    everything began that met it.
    """

    id: int
    code: str | None
    name: str
    changed_at: datetime | None
    last_seen_at: datetime


class RunDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A run and what it did to the catalogue.

    `kinds` and `columns` count the changes in the history by what became of a product and by column, most frequent
    first; a first load is no history. `rejected` are the records in quarantine that this run has met last.
    """

    run: RunEntry
    kinds: dict[ChangeKind, int]
    columns: dict[str, int]
    rejected: tuple[QuarantineGroup, ...]


def entry(run: Run, now: datetime) -> RunEntry:
    """Show a run as it stands at `now`."""
    seconds = None if run.started_at is None else ((run.finished_at or now) - run.started_at).total_seconds()
    rate = run.outcome.fetched / seconds if seconds else 0.0
    expected = run.plan.expected if run.plan else None
    going = run.status in OPEN_STATUSES
    left = max(0, expected - run.outcome.fetched) if expected is not None and going else None
    counters: dict[str, Any] = {name: getattr(run.outcome, name) for name in _COUNTERS}
    return RunEntry(
        run_id=None if run.id == UNSAVED else run.id,
        status=run.status,
        strategy=run.plan.strategy if run.plan else None,
        reason=run.plan.reason if run.plan else None,
        origin=run.request.origin,
        segments=run.request.segments,
        ids=run.request.ids,
        urgency=run.request.urgency,
        context=run.request.context,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        duration_seconds=None if seconds is None else round(seconds, 3),
        records_per_second=round(rate, 2),
        expected=expected,
        progress=None if not expected else round(min(1.0, run.outcome.fetched / expected), 4),
        seconds_left=round(left / rate, 1) if left is not None and rate else None,
        attempt=run.attempt,
        missing=run.missing,
        error=run.error,
        resume_after=run.resume_after if going else None,
        **counters,
    )
