from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ploomes_sync.resilience.breaker import Breaker, BreakerState

CLOSED, OPEN, HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN
Event = Literal["ok", "fail", "ask", "abandon"]


def play(*events: tuple[Event, float]) -> Breaker:
    """Let a breaker that opens at 3 failures for 10 s live through events at given seconds."""
    breaker = Breaker(threshold=3, cooldown=10.0)
    for event, now in events:
        match event:
            case "ok":
                breaker.succeeded()
            case "fail":
                breaker.failed(now)
            case "ask":
                breaker.wait(now)
            case "abandon":
                breaker.abandoned()
    return breaker


OPENED: list[tuple[Event, float]] = [("fail", 1), ("fail", 2), ("fail", 3)]
TABLE: list[tuple[str, list[tuple[Event, float]], float, BreakerState, float]] = [
    ("a new breaker lets all through", [], 0, CLOSED, 0),
    ("two failures are not yet enough", OPENED[:2], 3, CLOSED, 0),
    ("the third failure opens", OPENED, 3, OPEN, 10),
    ("the wait shrinks with time", OPENED, 9, OPEN, 4),
    ("a success between starts the count afresh", [*OPENED[:2], ("ok", 3), *OPENED[:2]], 5, CLOSED, 0),
    ("after the cooldown one probe goes through", OPENED, 13, HALF_OPEN, 0),
    ("a second request waits for the probe", [*OPENED, ("ask", 13)], 13, HALF_OPEN, 1),
    ("a probe that was given up leaves its place", [*OPENED, ("ask", 13), ("abandon", 13)], 13, HALF_OPEN, 0),
    ("a probe that succeeds closes", [*OPENED, ("ask", 13), ("ok", 14)], 14, CLOSED, 0),
    ("a probe that fails opens for a whole cooldown", [*OPENED, ("ask", 13), ("fail", 14)], 15, OPEN, 9),
    ("a late failure of an earlier request does not prolong", [*OPENED, ("fail", 8)], 13, HALF_OPEN, 0),
    ("once closed, it takes three failures again", [*OPENED, ("ok", 13), *OPENED[:2]], 13, CLOSED, 0),
]


@pytest.mark.parametrize(
    ("events", "now", "state", "wait"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_state_and_the_wait_follow_from_what_happened(
    events: list[tuple[Event, float]], now: float, state: BreakerState, wait: float
) -> None:
    breaker = play(*events)

    assert (breaker.state(now), breaker.wait(now)) == (state, wait)


def test_only_the_failure_that_opens_says_so() -> None:
    breaker = Breaker(threshold=3, cooldown=10.0)

    told = [breaker.failed(now) for now in (1, 2, 3, 4)]
    breaker.wait(13)

    assert (told, breaker.failed(14), breaker.failed(15)) == ([False, False, True, False], True, False)


@given(st.lists(st.tuples(st.sampled_from(["ok", "fail", "ask", "abandon"]), st.floats(0, 30)), max_size=40))
def test_at_most_one_request_goes_out_until_the_source_has_answered(steps: list[tuple[Event, float]]) -> None:
    breaker, now, probes = play(*OPENED), 3.0, 0
    for event, passed in steps:
        now += passed
        if breaker.state(now) is CLOSED:
            break
        if event == "ask":
            probes += breaker.wait(now) == 0
        else:
            probes = 0
            match event:
                case "ok":
                    breaker.succeeded()
                case "fail":
                    breaker.failed(now)
                case "abandon":
                    breaker.abandoned()
        assert probes <= 1
