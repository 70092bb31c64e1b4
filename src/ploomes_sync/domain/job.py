"""A job of the queue, as a person looks at it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class JobState(StrEnum):
    """Where a job stands: `todo` waits, `doing` is being worked on."""

    TODO = "todo"
    DOING = "doing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABORTED = "aborted"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One job: `scheduled_at` is when it may begin at the earliest, `attempts` how often it was tried."""

    id: int
    task: str
    state: JobState
    args: dict[str, Any]
    priority: int = 0
    attempts: int = 0
    deferred_at: datetime | None = None
    scheduled_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class JobList(msgspec.Struct, frozen=True, kw_only=True):
    """The newest jobs, and how many workers are alive."""

    workers: int
    jobs: tuple[Job, ...]
