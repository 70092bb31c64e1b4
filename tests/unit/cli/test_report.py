from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from ploomes_sync.cli import report
from ploomes_sync.cli.failure import Exit
from ploomes_sync.domain.run import Outcome, Plan, Run, RunStatus, Strategy, SyncRequest

START = datetime(2026, 1, 1, tzinfo=UTC)
RUN = UUID(int=7)
FIELDS = {
    "run_id",
    "status",
    "strategy",
    "reason",
    "started_at",
    "duration_seconds",
    "requests",
    "retries",
    "pages",
    "fetched",
    "inserted",
    "updated",
    "unchanged",
    "deleted",
    "restored",
    "rejected",
    "stale",
    "records_per_second",
    "errors",
    "attempt",
    "dry_run",
    "missing",
    "error",
    "next",
}


def make_run(status: RunStatus, **changes: Any) -> Run:  # noqa: ANN401 - fields of a run
    fields = {
        "id": RUN,
        "request": SyncRequest(),
        "status": status,
        "plan": Plan(strategy=Strategy.BATCH, reason="batch was asked for"),
        "outcome": Outcome(fetched=300, inserted=300, pages=1, requests=2),
        "created_at": START,
        "started_at": START,
        "finished_at": START + timedelta(seconds=2),
    }
    return Run(**{**fields, **changes})


@pytest.mark.parametrize(
    ("status", "interrupted", "code"),
    [
        (RunStatus.SUCCEEDED, False, Exit.DONE),
        (RunStatus.SUCCEEDED, True, Exit.DONE),
        (RunStatus.PARTIAL, False, Exit.PARTIAL),
        (RunStatus.FAILED, False, Exit.FAILED),
        (RunStatus.NEEDS_CONFIRMATION, False, Exit.NEEDS_CONFIRMATION),
        (RunStatus.QUEUED, False, Exit.FAILED),
        (RunStatus.QUEUED, True, Exit.INTERRUPTED),
        (RunStatus.RUNNING, True, Exit.INTERRUPTED),
    ],
)
def test_the_exit_code_says_how_a_run_ended(status: RunStatus, interrupted: bool, code: Exit) -> None:  # noqa: FBT001 - a case
    assert report.exit_code(make_run(status), interrupted=interrupted) is code


def test_a_run_as_json_has_every_promised_field() -> None:
    shown = report.document(make_run(RunStatus.SUCCEEDED))

    assert shown.keys() >= FIELDS
    assert (shown["run_id"], shown["status"], shown["duration_seconds"]) == (str(RUN), "succeeded", 2.0)
    assert (shown["records_per_second"], shown["dry_run"], shown["next"]) == (150.0, False, None)


def test_a_run_that_was_interrupted_has_failed_so_far_and_says_what_resumes_it() -> None:
    shown = report.document(make_run(RunStatus.QUEUED, finished_at=None), interrupted=True)

    assert (shown["status"], shown["error"], shown["next"]) == (
        "failed",
        "Interrupted before the end.",
        "ploomes-sync sync",
    )


def test_a_held_deletion_names_the_command_that_lets_it_go_on() -> None:
    waiting = make_run(RunStatus.NEEDS_CONFIRMATION, missing=37)

    assert report.next_step(waiting) == f"ploomes-sync confirm {RUN} --allow-deletes 37"


def test_a_dry_run_has_no_id() -> None:
    shown = report.document(make_run(RunStatus.SUCCEEDED, id=UUID(int=0)))

    assert (shown["run_id"], shown["dry_run"]) == (None, True)
