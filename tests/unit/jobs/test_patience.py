from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from procrastinate.exceptions import TaskNotFound
from procrastinate.jobs import Job

from ploomes_sync.errors import CircuitOpenError, CredentialsError, RunStoppedError, SourceDownError
from ploomes_sync.jobs.tasks import Patience

CASES = [
    ("Ploomes is away", SourceDownError("down"), 0, 5),
    ("it stays away", SourceDownError("down"), 3, 40),
    ("it stays away for a night", SourceDownError("down"), 500, 300),
    ("it told when to come back", CircuitOpenError("open", retry_after=29.5), 0, 30),
    ("the run was given back", RunStoppedError("open"), 7, 0),
    ("a mistake of ours", KeyError("oops"), 1, 10),
    ("the worker is stopped", asyncio.CancelledError(), 7, 0),
]
IN_VAIN = [CredentialsError("wrong key"), TaskNotFound()]


def job(attempts: int) -> Job:
    return Job(id=1, queue="sync", lock=None, queueing_lock=None, task_name="work_run", attempts=attempts)


@pytest.mark.parametrize(
    ("error", "attempts", "seconds"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_job_is_tried_again_after(error: BaseException, attempts: int, seconds: int) -> None:
    began = datetime.now(UTC)
    decision = Patience().get_retry_decision(exception=error, job=job(attempts))

    assert decision is not None
    assert decision.retry_at is not None
    assert seconds <= (decision.retry_at - began).total_seconds() < seconds + 5


@pytest.mark.parametrize("error", IN_VAIN)
def test_what_needs_a_person_is_not_tried_again(error: Exception) -> None:
    assert Patience().get_retry_decision(exception=error, job=job(0)) is None
