from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from ploomes_sync.domain.health import HealthLimits, judge
from ploomes_sync.domain.history import RunEntry, entry
from ploomes_sync.domain.run import Outcome, Run, RunStatus, SyncRequest
from ploomes_sync.domain.status import (
    BudgetStatus,
    DatabaseStatus,
    HealthPart,
    JobStatus,
    Level,
    ProcessStatus,
    Quarantined,
    SourceCount,
    SystemStatus,
    Totals,
    Waiting,
    WebhookStatus,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OK, WARNING, FAILED = Level.OK, Level.WARNING, Level.FAILED
HELD = Waiting(run_id=UUID(int=1), missing=40, since=NOON)
WELL = SystemStatus(
    generated_at=NOON,
    read_at=NOON,
    schema_version=9,
    schema_expected=9,
    source_configured=True,
    covered_seconds=600,
    jobs=JobStatus(workers=1),
    database=DatabaseStatus(ok=True, version="17.2", latency_seconds=0.004),
    process=ProcessStatus(disk_free_bytes=50_000_000_000, disk_free_share=0.5),
)


def run(status: RunStatus, **errors: int) -> RunEntry:
    outcome = Outcome(errors=errors)
    return entry(Run(id=UUID(int=1), request=SyncRequest(), status=status, created_at=NOON, outcome=outcome), NOON)


def counted(products: int, stored: int, parked: int) -> SourceCount:
    return SourceCount(products=products, counted_at=NOON, stored=stored, parked=parked)


def judged(part: str, **values: Any) -> HealthPart:  # noqa: ANN401 - fields of the status
    health = judge(msgspec.structs.replace(WELL, **values), HealthLimits())
    found = {one.name: one for one in health.parts}
    assert health.ok == all(one.ok for one in health.parts)
    assert {name for name, one in found.items() if one.level is not OK} <= {part}
    return found[part]


def test_a_well_service_is_well() -> None:
    health = judge(WELL, HealthLimits())

    assert health.ok
    assert {part.level for part in health.parts} == {OK}
    assert all(part.reason.endswith(".") for part in health.parts)


@pytest.mark.parametrize(
    ("part", "values", "level", "words"),
    [
        ("postgres", {"database": DatabaseStatus(error="Gone."), "age_seconds": 30}, FAILED, "Gone. What"),
        ("schema", {"schema_version": 8}, FAILED, "`ploomes-sync migrate`"),
        ("schema", {"schema_version": 10}, FAILED, "newer"),
        ("ploomes", {"source_configured": False}, WARNING, "PLOOME_API_KEY"),
        ("ploomes", {"budget": BudgetStatus(breaker="open")}, FAILED, "asked again after a pause"),
        ("ploomes", {"budget": BudgetStatus(breaker="half_open")}, WARNING, "tried again"),
        ("ploomes", {"budget": BudgetStatus(blocked_seconds=20)}, WARNING, "pause of 20 s"),
        ("ploomes", {"runs": (run(RunStatus.FAILED, authentication=1),)}, FAILED, "refused the key"),
        ("ploomes", {"runs": (run(RunStatus.FAILED, network=1),)}, OK, "answers"),
        ("worker", {"jobs": JobStatus()}, FAILED, "No worker is running"),
        ("worker", {"jobs": JobStatus(workers=2, failed=3)}, WARNING, "3 jobs"),
        ("freshness", {"covered_seconds": None}, FAILED, "No sync"),
        ("freshness", {"covered_seconds": 7 * 3600}, WARNING, "7.0 h ago"),
        ("freshness", {"covered_seconds": 13 * 3600}, FAILED, "more than 12 h"),
        (
            "complete",
            {"source": counted(100, 98, 2), "totals": Totals(products=105)},
            OK,
            "2 of them in quarantine",
        ),
        ("complete", {"source": counted(100, 98, 0), "totals": Totals(products=100)}, OK, "All 100"),
        ("complete", {"source": counted(1200, 1198, 0), "totals": Totals(products=1198)}, WARNING, "had 1,200"),
        ("complete", {"source": counted(100, 103, 0), "totals": Totals(products=103)}, WARNING, "had 103"),
        ("quarantine", {"quarantine": Quarantined(parked=2)}, WARNING, "2 records"),
        ("deletions", {"waiting": (HELD,)}, WARNING, "40 deletions"),
        ("disk", {"process": ProcessStatus(disk_free_share=0.08)}, WARNING, "8%"),
        ("disk", {"process": ProcessStatus(disk_free_share=0.02)}, FAILED, "make room"),
        ("webhooks", {"webhooks": WebhookStatus(waiting=3, oldest_seconds=300)}, WARNING, "3 products"),
        ("webhooks", {"webhooks": WebhookStatus(waiting=3, oldest_seconds=901, error="503.")}, FAILED, "503."),
    ],
)
def test_each_part_says_what_is_wrong_with_it(part: str, values: dict[str, Any], level: Level, words: str) -> None:
    found = judged(part, **values)

    assert (found.level, found.ok) == (level, level is not FAILED)
    assert words in found.reason


def test_an_old_refusal_of_the_key_is_forgiven_once_a_run_succeeds() -> None:
    runs = (run(RunStatus.RUNNING), run(RunStatus.SUCCEEDED), run(RunStatus.FAILED, authentication=1))

    assert judged("ploomes", runs=runs).level is OK


def test_before_postgres_ever_answered_only_that_is_held_against_the_service() -> None:
    status = SystemStatus(generated_at=NOON, database=DatabaseStatus(error="No connection."), process=WELL.process)

    health = judge(status, HealthLimits())

    assert [part.name for part in health.parts if not part.ok] == ["postgres"]


def test_the_limits_follow_the_schedule() -> None:
    limits = replace(HealthLimits(), late_hours=1.1, covered_hours=2)
    status = msgspec.structs.replace(WELL, covered_seconds=timedelta(hours=2.5).total_seconds())

    assert [part.name for part in judge(status, limits).parts if not part.ok] == ["freshness"]
