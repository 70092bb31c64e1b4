from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ploomes_sync.domain.run import Lane
from ploomes_sync.resilience.pace import Pace

MINUTE = 60.0
URGENT, CHANGED, SWEEP = Lane.REAL_TIME, Lane.INCREMENTAL, Lane.SWEEP


@dataclass
class Model:
    """The arithmetic of `take` and `slow_down` in store/budget.sql, on a clock that the test moves."""

    pace: Pace
    next_at: float = float("-inf")
    blocked_until: float = float("-inf")
    slow_until: float = float("-inf")
    sent: list[float] = field(default_factory=list)

    def take(self, lane: Lane, now: float) -> float:
        interval, ahead = self.pace.interval, self.pace.ahead(lane)
        step = interval * (2 if self.slow_until > now else 1)
        self.next_at = max(self.next_at, now, self.blocked_until + ahead * interval) + step
        slot = max(now, self.next_at - (ahead + 1) * interval)
        self.sent.append(slot)
        return slot

    def slow_down(self, pause: float, now: float) -> None:
        self.blocked_until = max(self.blocked_until, now + pause)
        self.slow_until = max(self.slow_until, now + pause + 30)


def busiest_minute(moments: list[float]) -> int:
    """Count the most that any window of 60 s holds; the smallest of them begins with a request."""
    ordered = sorted(moments)
    # Slots are sums of floats: a nanosecond is no difference.
    return max(
        (bisect_left(ordered, start + MINUTE - 1e-6) - place for place, start in enumerate(ordered)), default=0
    )


paces = st.builds(
    Pace,
    limit=st.one_of(st.sampled_from([1, 2, 59, 60, 61, 120]), st.integers(1, 150)),
    burst=st.integers(1, 20),
    reserve=st.sampled_from([0, 0, 1, 20, 60, 200]),
)
phases = st.lists(
    st.tuples(
        st.lists(st.sampled_from(list(Lane)), min_size=1, max_size=4),
        st.integers(1, 90),
        st.sampled_from([0.0, 0.1, 0.4, 1.0, 7.0]),
        st.sampled_from([None, None, None, 2.0, 40.0]),
        st.floats(0, 90),
    ),
    min_size=1,
    max_size=4,
)


def run(model: Model, story: list[tuple[list[Lane], int, float, float | None, float]]) -> None:
    """Each phase: which lanes ask in turn, how often, how far apart, whether a 429 comes, and a rest after it."""
    now = 0.0
    for lanes, requests, gap, pause, rest in story:
        for number in range(requests):
            model.take(lanes[number % len(lanes)], now)
            now += gap
        if pause is not None:
            model.slow_down(pause, now)
        now += rest


@given(pace=paces, story=phases, wobble=st.lists(st.floats(0, 0.5), min_size=1, max_size=7))
def test_no_minute_ever_holds_more_than_the_limit_less_the_reserve(
    pace: Pace, story: list[tuple[list[Lane], int, float, float | None, float]], wobble: list[float]
) -> None:
    model = Model(pace)

    run(model, story)

    arrived = [moment + wobble[place % len(wobble)] for place, moment in enumerate(model.sent)]
    allowed = max(1, pace.limit - pace.reserve)
    assert (busiest_minute(model.sent) <= allowed, busiest_minute(arrived) <= allowed) == (True, True)


def test_a_sweep_uses_all_of_the_pace_but_what_urgent_lanes_may_borrow() -> None:
    model = Model(Pace(120))

    run(model, [([SWEEP], 400, 0.0, None, 0.0)])

    assert 115 <= busiest_minute(model.sent) <= 119


@pytest.mark.parametrize(
    ("pace", "waits"),
    [
        (Pace(60, burst=1), [0.0, 1.03, 2.05, 3.08]),
        (Pace(60, burst=3), [0.0, 0.0, 0.0, 1.06]),
        (Pace(0), [0.0, 0.0, 0.0, 0.0]),
        (Pace(1), [0.0, 60.5, 121.0, 181.5]),
    ],
)
def test_the_burst_goes_out_at_once_and_the_rest_at_the_pace(pace: Pace, waits: list[float]) -> None:
    model = Model(pace)

    assert [round(model.take(SWEEP, 0.0), 2) for _ in range(4)] == waits


def test_an_urgent_request_overtakes_a_sweep_that_has_booked_ahead() -> None:
    model = Model(Pace(120))
    sweep = [model.take(SWEEP, 0.0) for _ in range(3)]

    urgent, changed, after = model.take(URGENT, 0.0), model.take(CHANGED, 0.0), model.take(SWEEP, 0.0)

    assert urgent <= sweep[-1]
    assert changed < after
    assert after > sweep[-1]


def test_nobody_asks_before_a_pause_is_over_and_then_half_as_often() -> None:
    model = Model(Pace(60, burst=2))
    model.slow_down(10.0, 0.0)

    slots = [model.take(lane, 0.0) for lane in (URGENT, SWEEP, SWEEP, CHANGED, SWEEP)]

    assert min(slots) >= 10.0
    sweeps = [slots[1], slots[2], slots[4]]
    assert min(later - earlier for earlier, later in pairwise(sweeps)) >= 2 * model.pace.interval - 1e-9


@pytest.mark.parametrize(
    ("pace", "ahead"),
    [
        (Pace(120), {URGENT: 1, CHANGED: 0.5, SWEEP: 0}),
        (Pace(120, burst=5), {URGENT: 5, CHANGED: 4.5, SWEEP: 4}),
        (Pace(59), {URGENT: 0, CHANGED: 0, SWEEP: 0}),
        (Pace(120, reserve=100), {URGENT: 0, CHANGED: 0, SWEEP: 0}),
        (Pace(10, burst=20), {URGENT: 9, CHANGED: 9, SWEEP: 9}),
        (Pace(0, burst=20), {URGENT: 0, CHANGED: 0, SWEEP: 0}),
    ],
)
def test_urgent_lanes_may_run_ahead_where_the_limit_leaves_room(pace: Pace, ahead: dict[Lane, float]) -> None:
    assert {lane: pace.ahead(lane) for lane in Lane} == ahead
