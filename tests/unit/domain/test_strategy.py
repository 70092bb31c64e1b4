from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ploomes_sync.domain.run import Facts, Lane, Plan, Strategy, SyncRequest, Urgency
from ploomes_sync.domain.strategy import Rules, choose, is_urgent, needs_changes, plan_run

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
RULES = Rules()
NEVER = Facts()
BATCH, INCREMENTAL, REAL_TIME = Strategy.BATCH, Strategy.INCREMENTAL, Strategy.REAL_TIME


def facts(*, covered: float = 1, complete: float = 1, **others: object) -> Facts:
    """Describe a mirror of 12,000 products that was covered and walked so many hours ago."""
    known = {
        "watermark": NOON - timedelta(hours=covered),
        "covered_at": NOON - timedelta(hours=covered),
        "complete_at": NOON - timedelta(hours=complete),
        "stored": 12_000,
    }
    return msgspec.structs.replace(Facts(), **{**known, **others})


def ids(count: int) -> tuple[int, ...]:
    return tuple(range(1, count + 1))


def ask(**values: object) -> SyncRequest:
    return msgspec.structs.replace(SyncRequest(), **values)


TABLE: list[tuple[str, SyncRequest, Facts, Rules, Strategy]] = [
    ("batch was asked for", ask(strategy=BATCH), facts(), RULES, BATCH),
    ("incremental was asked for", ask(strategy=INCREMENTAL), facts(covered=99), RULES, INCREMENTAL),
    ("incremental was asked for before anything was read", ask(strategy=INCREMENTAL), NEVER, RULES, BATCH),
    ("incremental was asked for by id", ask(strategy=INCREMENTAL, ids=ids(3)), NEVER, RULES, INCREMENTAL),
    ("real-time was asked for many ids", ask(strategy=REAL_TIME, ids=ids(60)), facts(), RULES, REAL_TIME),
    ("batch was asked for a few ids", ask(strategy=BATCH, ids=ids(3)), facts(), RULES, BATCH),
    ("one id", ask(ids=ids(1)), facts(), RULES, REAL_TIME),
    ("ten ids", ask(ids=ids(10)), facts(), RULES, REAL_TIME),
    ("ten ids before anything was read", ask(ids=ids(10)), NEVER, RULES, REAL_TIME),
    ("ten critical ids", ask(ids=ids(10), urgency=Urgency.CRITICAL), facts(), RULES, REAL_TIME),
    ("a stock alert", ask(ids=ids(2), context=("stock_alert",)), facts(), RULES, REAL_TIME),
    ("ten ids, real-time off", ask(ids=ids(10)), facts(), Rules(real_time=False), INCREMENTAL),
    ("eleven ids", ask(ids=ids(11)), facts(), RULES, INCREMENTAL),
    ("eleven critical ids", ask(ids=ids(11), urgency=Urgency.CRITICAL), facts(), RULES, INCREMENTAL),
    ("fifty ids", ask(ids=ids(50)), facts(), RULES, INCREMENTAL),
    ("fifty-one ids", ask(ids=ids(51)), facts(), RULES, BATCH),
    ("nothing was read yet", ask(), NEVER, RULES, BATCH),
    ("no complete walk yet", ask(), facts(complete_at=None), RULES, BATCH),
    ("no watermark yet", ask(), facts(watermark=None), RULES, BATCH),
    ("covered an hour ago", ask(), facts(), RULES, INCREMENTAL),
    ("covered six hours ago, on schedule", ask(origin="schedule"), facts(covered=6), RULES, INCREMENTAL),
    ("covered within the grace", ask(), facts(covered=6.59), RULES, INCREMENTAL),
    ("covered too long ago", ask(), facts(covered=6.61), RULES, BATCH),
    ("covered too long ago by a shorter rule", ask(), facts(covered=2.3), Rules(incremental_hours=2), BATCH),
    ("walked a day ago, on schedule", ask(origin="schedule"), facts(complete=24.1), RULES, BATCH),
    ("walked a day ago, asked by a person", ask(), facts(complete=24.1), RULES, INCREMENTAL),
    ("walked less than a day ago, on schedule", ask(origin="schedule"), facts(complete=23.9), RULES, INCREMENTAL),
    ("few products changed", ask(), facts(changed=300), RULES, INCREMENTAL),
    ("nearly all changed", ask(), facts(changed=11_700), RULES, INCREMENTAL),
    ("as many pages changed as there are", ask(), facts(changed=11_701), RULES, BATCH),
    ("a small mirror has one page anyway", ask(), facts(changed=250, stored=250), RULES, INCREMENTAL),
    ("ploomes did not say how many changed", ask(), facts(changed=None), RULES, INCREMENTAL),
    ("a segment", ask(segments=("rentals",)), facts(), RULES, INCREMENTAL),
    ("a segment before anything was read", ask(segments=("rentals",)), NEVER, RULES, BATCH),
]
NAMES = [row[0] for row in TABLE]


@pytest.mark.parametrize(("request_", "known", "rules", "strategy"), [row[1:] for row in TABLE], ids=NAMES)
def test_the_first_row_of_the_table_that_matches_decides(
    request_: SyncRequest, known: Facts, rules: Rules, strategy: Strategy
) -> None:
    chosen, reason = choose(request_, known, rules, NOON)

    assert chosen is strategy
    assert reason.strip()


def test_the_reason_is_told_in_words_with_its_numbers() -> None:
    reasons = {row[0]: choose(*row[1:4], NOON)[1] for row in TABLE}

    assert reasons["fifty-one ids"] == "51 products were named: more than 50 cost as much as all"
    assert reasons["covered too long ago"] == "the last covering sync began 6.6 hours ago, more than 6"
    assert reasons["few products changed"] == (
        "everything up to 2026-01-31 11:00:00 UTC is known, 300 products in the window"
    )
    assert reasons["a stock alert"] == "2 products were named, and it is urgent: one request reads them"
    assert reasons["one id"] == "1 products were named: one request reads them"


def test_a_full_sync_reads_everything_and_moves_the_watermark_to_the_newest_date() -> None:
    newest = NOON - timedelta(minutes=1)

    plan = plan_run(ask(strategy=BATCH), facts(high_water=newest, changed=12_000), RULES, NOON, None)

    assert plan == Plan(
        strategy=BATCH,
        reason="batch was asked for",
        lane=Lane.SWEEP,
        complete=True,
        covering=True,
        watermark=newest,
        expected=12_000,
    )


def test_an_incremental_sync_reads_from_the_watermark_less_the_overlap() -> None:
    plan = plan_run(ask(), facts(), RULES, NOON, None)

    assert plan == Plan(
        strategy=INCREMENTAL,
        reason="everything up to 2026-01-31 11:00:00 UTC is known",
        lane=Lane.INCREMENTAL,
        since=NOON - timedelta(hours=1, minutes=10),
        covering=True,
        watermark=NOON - timedelta(hours=1),
    )


def test_a_segment_proves_absence_of_its_own_but_never_moves_the_watermark() -> None:
    plan = plan_run(ask(strategy=BATCH, segments=("rentals",)), facts(), RULES, NOON, "contains(Code,'LOC')")

    assert (plan.complete, plan.covering, plan.segments, plan.filter) == (
        True,
        False,
        ("rentals",),
        "contains(Code,'LOC')",
    )


def test_a_few_ids_are_all_that_is_read_and_nothing_else_is_proven() -> None:
    plan = plan_run(ask(ids=(7, 8)), facts(), RULES, NOON, None)

    assert plan == Plan(
        strategy=REAL_TIME,
        reason="2 products were named: one request reads them",
        lane=Lane.REAL_TIME,
        ids=(7, 8),
        watermark=NOON - timedelta(hours=1),
    )


@pytest.mark.parametrize(
    ("request_", "flags"),
    [
        (ask(strategy=BATCH), (True, True, False)),
        (ask(strategy=INCREMENTAL), (False, True, False)),
        (ask(strategy=BATCH, segments=("omie",)), (True, False, False)),
        (ask(strategy=INCREMENTAL, segments=("omie",)), (False, False, False)),
        (ask(ids=ids(3)), (False, False, True)),
        (ask(ids=ids(30)), (False, False, True)),
        (ask(ids=ids(300)), (True, True, False)),
        (ask(strategy=REAL_TIME, ids=ids(300)), (False, False, True)),
    ],
)
def test_what_a_run_proves_follows_from_what_it_reads(
    request_: SyncRequest, flags: tuple[bool, bool, bool]
) -> None:
    plan = plan_run(request_, facts(), RULES, NOON, None)

    assert (plan.complete, plan.covering, bool(plan.ids)) == flags


LANES = [
    (ask(ids=ids(1)), Lane.REAL_TIME),
    (ask(urgency=Urgency.CRITICAL, strategy=BATCH), Lane.REAL_TIME),
    (ask(urgency=Urgency.CRITICAL, ids=ids(20)), Lane.REAL_TIME),
    (ask(), Lane.INCREMENTAL),
    (ask(strategy=BATCH, urgency=Urgency.HIGH), Lane.INCREMENTAL),
    (ask(strategy=BATCH, context=("affects_pricing",)), Lane.INCREMENTAL),
    (ask(strategy=BATCH), Lane.SWEEP),
    (ask(strategy=BATCH, urgency=Urgency.LOW, context=("newsletter",)), Lane.SWEEP),
]


@pytest.mark.parametrize(("request_", "lane"), LANES)
def test_urgency_chooses_the_lane(request_: SyncRequest, lane: Lane) -> None:
    assert plan_run(request_, facts(), RULES, NOON, None).lane is lane


@pytest.mark.parametrize(
    ("request_", "urgent"),
    [
        (ask(), False),
        (ask(urgency=Urgency.LOW), False),
        (ask(urgency=Urgency.HIGH), True),
        (ask(urgency=Urgency.CRITICAL), True),
        (ask(context=("affects_pricing",)), True),
        (ask(context=("stock_alert",)), True),
        (ask(context=("other", "priority")), True),
        (ask(context=("other",)), False),
    ],
)
def test_urgency_comes_from_the_caller_or_from_the_business(request_: SyncRequest, urgent: bool) -> None:  # noqa: FBT001 - a table of cases
    assert is_urgent(request_) is urgent


@pytest.mark.parametrize(
    ("request_", "known", "needed"),
    [
        (ask(), facts(), True),
        (ask(), NEVER, False),
        (ask(strategy=BATCH), facts(), False),
        (ask(strategy=INCREMENTAL), facts(), True),
        (ask(ids=ids(20)), facts(), False),
    ],
)
def test_ploomes_is_asked_what_changed_only_when_that_decides(
    request_: SyncRequest,
    known: Facts,
    needed: bool,  # noqa: FBT001 - a table of cases
) -> None:
    assert needs_changes(request_, known, RULES, NOON) is needed


requests = st.builds(
    SyncRequest,
    strategy=st.none() | st.sampled_from(Strategy),
    segments=st.sampled_from([(), ("omie",), ("omie", "atlas")]),
    ids=st.sampled_from([(), ids(1), ids(10), ids(11), ids(50), ids(51)]),
    urgency=st.sampled_from(Urgency),
    origin=st.sampled_from(["cli", "schedule"]),
)
mirrors = st.builds(
    facts,
    covered=st.floats(0, 100),
    complete=st.floats(0, 100),
    changed=st.none() | st.integers(0, 20_000),
    stored=st.integers(0, 20_000),
    watermark=st.none() | st.just(NOON),
)


@given(request_=requests, known=mirrors | st.just(NEVER), real_time=st.booleans())
def test_every_plan_says_why_and_never_claims_more_than_it_reads(
    request_: SyncRequest,
    known: Facts,
    real_time: bool,  # noqa: FBT001 - drawn
) -> None:
    # The engine refuses a real-time sync of nothing in particular before it plans.
    assume(request_.ids or request_.strategy is not REAL_TIME)

    plan = plan_run(request_, known, Rules(real_time=real_time), NOON, None)

    assert plan.reason
    if plan.covering:
        assert (plan.segments, plan.ids) == ((), ())
        assert plan.complete or plan.since is not None
    if plan.complete:
        assert (plan.ids, plan.since) == ((), None)
