from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from ploomes_sync.domain.run import Plan, Run, Strategy, SyncRequest
from ploomes_sync.engine.parts import Limits
from ploomes_sync.engine.submit import covers

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
BATCH, INCREMENTAL, REAL_TIME = Strategy.BATCH, Strategy.INCREMENTAL, Strategy.REAL_TIME


@pytest.mark.parametrize(
    ("limits", "stored", "ceiling"),
    [
        (Limits(), 0, 10),
        (Limits(), 1_000, 10),
        (Limits(), 1_100, 11),
        (Limits(), 11_793, 117),
        (Limits(delete_share=0.5), 100, 50),
        (Limits(delete_share=0.0, delete_floor=0), 100, 0),
    ],
)
def test_a_run_may_delete_a_hundredth_of_the_mirror_and_always_ten(
    limits: Limits, stored: int, ceiling: int
) -> None:
    assert limits.ceiling(stored) == ceiling


def ask(**values: object) -> SyncRequest:
    return msgspec.structs.replace(SyncRequest(), **values)


def done(request: SyncRequest, *, covering: bool, strategy: Strategy = BATCH) -> Run:
    return Run.unsaved(request, Plan(strategy=strategy, reason="a test", covering=covering), NOON)


COVERS = [
    ("the same again", done(ask(), covering=True), ask(), True),
    ("all, when a batch was asked for and done", done(ask(), covering=True), ask(strategy=BATCH), True),
    ("a segment, by a sync of all", done(ask(), covering=True), ask(segments=("omie",)), True),
    (
        "a batch, by an incremental sync",
        done(ask(), covering=True, strategy=INCREMENTAL),
        ask(strategy=BATCH),
        False,
    ),
    ("all, by a segment", done(ask(segments=("omie",)), covering=False), ask(), False),
    ("the same segment", done(ask(segments=("omie",)), covering=False), ask(segments=("omie",)), True),
    ("another segment", done(ask(segments=("omie",)), covering=False), ask(segments=("atlas",)), False),
    ("all, by a few ids", done(ask(ids=(1,)), covering=False, strategy=REAL_TIME), ask(), False),
]


@pytest.mark.parametrize(
    ("run", "request_", "covered"), [row[1:] for row in COVERS], ids=[row[0] for row in COVERS]
)
def test_a_run_that_was_resumed_serves_a_request_that_itcovers(
    run: Run,
    request_: SyncRequest,
    covered: bool,  # noqa: FBT001 - a table of cases
) -> None:
    assert covers(run, request_) is covered
