"""Each sentence that the service makes has a Portuguese form with the same values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from string import Formatter
from uuid import UUID

import msgspec
import pytest

from ploomes_sync.api.problems import as_api_error
from ploomes_sync.bootstrap import missing_key
from ploomes_sync.dashboard.words.sentences import SENTENCES, translated
from ploomes_sync.domain.health import HealthLimits, judge
from ploomes_sync.domain.run import Facts, RunStatus, Strategy, SyncRequest, Urgency
from ploomes_sync.domain.status import (
    ADVICE,
    BudgetStatus,
    DatabaseStatus,
    JobStatus,
    ProcessStatus,
    Quarantined,
    SourceCount,
    SystemStatus,
    Totals,
    Waiting,
    WebhookStatus,
)
from ploomes_sync.domain.strategy import Rules, choose
from ploomes_sync.errors import LeaseLostError, MigrationError, StoreDownError
from ploomes_sync.ploomes import wire
from ploomes_sync.resilience.tuner import Trouble, Tuner

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
ENGLISH = re.compile(r"\b(?:the|was|were|has|have|wait|answered|asked|more than|products|hours|and)\b")


def reasons() -> Iterator[str]:
    """Tell every reason for a strategy."""
    fresh = Facts(watermark=NOON, covered_at=NOON, complete_at=NOON, stored=12_000)
    late = msgspec.structs.replace(fresh, covered_at=NOON - timedelta(hours=7.25))
    unwalked = msgspec.structs.replace(fresh, complete_at=NOON - timedelta(hours=30))
    cases = [
        (SyncRequest(), Facts(), Rules()),
        (SyncRequest(), fresh, Rules()),
        (SyncRequest(), msgspec.structs.replace(fresh, changed=1200), Rules()),
        (SyncRequest(), msgspec.structs.replace(fresh, changed=12_000), Rules()),
        (SyncRequest(), late, Rules()),
        (SyncRequest(origin="schedule"), unwalked, Rules()),
        (SyncRequest(strategy=Strategy.INCREMENTAL), Facts(), Rules()),
        *((SyncRequest(strategy=strategy), fresh, Rules()) for strategy in Strategy),
        (SyncRequest(ids=(1, 2)), fresh, Rules()),
        (SyncRequest(ids=(1, 2), urgency=Urgency.HIGH), fresh, Rules()),
        (SyncRequest(ids=(1, 2)), fresh, Rules(real_time=False)),
        (SyncRequest(ids=tuple(range(1, 31))), fresh, Rules()),
        (SyncRequest(ids=tuple(range(1, 61))), fresh, Rules()),
    ]
    for request, facts, rules in cases:
        yield choose(request, facts, rules, NOON)[1]


def judgements() -> Iterator[str]:
    """Tell what health says of installations in all sorts of trouble."""
    well = SystemStatus(
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
    count = SourceCount(products=1200, counted_at=NOON, stored=1190, parked=2)
    changes: list[dict[str, object]] = [
        {},
        {"read_at": None},
        {"database": DatabaseStatus(), "age_seconds": 30.0},
        {"schema_version": 8, "source_configured": False, "jobs": JobStatus(), "covered_seconds": None},
        {"schema_version": 10, "jobs": JobStatus(workers=2, failed=3), "covered_seconds": 7 * 3600.0},
        {"covered_seconds": 13 * 3600.0, "budget": BudgetStatus(breaker="open")},
        {"budget": BudgetStatus(breaker="half_open"), "quarantine": Quarantined(parked=1234)},
        {"budget": BudgetStatus(blocked_seconds=20), "source": count, "totals": Totals(products=1190)},
        {"source": msgspec.structs.replace(count, stored=1198), "process": ProcessStatus(disk_free_share=0.08)},
        {"source": SourceCount(products=9, counted_at=NOON, stored=9, parked=0)},
        {"process": ProcessStatus(disk_free_share=0.02)},
        {"waiting": (Waiting(run_id=UUID(int=1), missing=1200, since=NOON),)},
        {"webhooks": WebhookStatus(registered=3, waiting=3, oldest_seconds=901)},
        {"webhooks": WebhookStatus(waiting=3, oldest_seconds=901, error="Ploomes did not answer in time.")},
    ]
    for change in changes:
        for part in judge(msgspec.structs.replace(well, **change), HealthLimits()).parts:
            yield part.reason


def tuning() -> Iterator[str]:
    tuner = Tuner(3, 1000)
    yield from (trouble.value for trouble in Trouble)
    yield from (step.reason for step in tuner.answered(20, 100) + tuner.answered(1, 9_000_000))
    for _ in range(20):
        yield from (step.reason for step in tuner.answered(0.2, 100))
    tuner.troubled(Trouble.FAILED)
    for _ in range(20):
        yield from (step.reason for step in tuner.answered(0.2, 100))


def refusals() -> Iterator[str]:
    """Tell errors that a person meets on a page."""
    yield str(missing_key())
    for error in (StoreDownError("x"), LeaseLostError("x"), MigrationError("x"), RuntimeError("x")):
        yield as_api_error(error).detail
    for status in (401, 403, 429, 500, 404):
        yield str(wire.error_for(status, {}, b"", "/Products", NOON))


@pytest.mark.parametrize(
    "sentence", sorted({*reasons(), *judgements(), *tuning(), *refusals(), *ADVICE.values()}), ids=str
)
def test_what_the_service_says_is_said_in_portuguese_with_the_same_values(sentence: str) -> None:
    said = translated(sentence)

    assert said != sentence
    assert not ENGLISH.search(re.sub(r"`[^`]*`", "", said)), said
    wanted = [
        re.sub(r"\D", "", number) for number in NUMBERS.findall(re.sub(r"`[^`]*`|\(PLOOME\w+\)", "", sentence))
    ]
    told = [re.sub(r"\D", "", number) for number in NUMBERS.findall(said)]
    kept = {"".join(sorted("".join(wanted)))} if "UTC" in sentence else set(wanted)
    shown = {"".join(sorted("".join(told)))} if "UTC" in sentence else set(told)
    assert kept == shown, said


@pytest.mark.parametrize("status", [status for status in RunStatus if status is not RunStatus.QUEUED])
def test_the_state_of_a_run_is_told_within_a_refusal(status: RunStatus) -> None:
    said = translated(f"Run 7 cannot be cancelled: it is {status.words}.")

    assert said.startswith("A execução 7 não pode ser cancelada: está ")
    assert status.words not in said or status is RunStatus.PARTIAL


def test_numbers_are_written_as_they_are_in_brazil() -> None:
    assert translated("1,234 records wait: see `ploomes-sync quarantine list`.").startswith("1.234 registros")
    assert "há 7,2 h," in translated("The newest sync of everything began 7.2 h ago, later than planned.")
    assert "O PostgreSQL 17.2 respondeu" in translated("PostgreSQL 17.2 answered in 4 ms."), (
        "a version is no number"
    )


def test_what_is_not_known_stays_as_it_is() -> None:
    assert translated("Something that nobody has translated.") == "Something that nobody has translated."


def test_every_portuguese_form_takes_all_values() -> None:
    for english, portuguese in SENTENCES.items():
        places = {int(name) for _, name, _, _ in Formatter().parse(portuguese) if name is not None}
        hidden = "`ploomes-sync confirm {}`" in english
        assert places == set(range(english.count("{}") - hidden)), english
