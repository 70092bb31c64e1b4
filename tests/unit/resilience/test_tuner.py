from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ploomes_sync.resilience.tuner import Step, Trouble, Tuner


def test_a_quiet_source_is_asked_for_the_most_from_the_start() -> None:
    tuner = Tuner(most_lanes=3, most_rows=300)

    assert [tuner.answered(0.2, 1_000_000) for _ in range(40)] == [[]] * 40
    assert (tuner.lanes, tuner.rows) == (3, 300)


def test_a_time_out_halves_rows_and_lanes_and_says_why() -> None:
    tuner = Tuner(most_lanes=4, most_rows=300)

    assert tuner.troubled(Trouble.TIMED_OUT) == [
        Step("rows", 300, 150, "no answer in time"),
        Step("lanes", 4, 2, "no answer in time"),
    ]


def test_being_asked_to_slow_down_takes_lanes_only() -> None:
    tuner = Tuner(most_lanes=6, most_rows=300)

    tuner.troubled(Trouble.RATE_LIMITED)
    tuner.troubled(Trouble.RATE_LIMITED)

    assert (tuner.lanes, tuner.rows) == (1, 300)


def test_an_answer_that_is_too_large_or_heavy_or_slow_takes_rows_only() -> None:
    tuner = Tuner(most_lanes=3, most_rows=800)

    tuner.troubled(Trouble.TOO_LARGE)
    tuner.answered(0.1, 9_000_000)
    tuner.answered(20.0, 1_000)

    assert (tuner.lanes, tuner.rows) == (3, 100)


def test_good_answers_grow_it_back_in_small_steps() -> None:
    tuner = Tuner(most_lanes=2, most_rows=320)
    tuner.troubled(Trouble.TIMED_OUT)

    steps = [step for _ in range(4) for step in tuner.answered(0.4, 1_000)]

    assert steps == [
        Step("lanes", 1, 2, "answers come well, the last in 0.4 s"),
        Step("rows", 160, 200, "answers come well, the last in 0.4 s"),
    ]


def test_a_cap_of_the_source_is_never_exceeded_again() -> None:
    tuner = Tuner(most_lanes=3, most_rows=1000)
    tuner.cap_rows(300)

    for _ in range(100):
        tuner.answered(0.1, 1000)

    assert tuner.rows == 300


events = st.one_of(
    st.sampled_from(Trouble),
    st.tuples(st.floats(0, 60), st.integers(0, 12_000_000)),
)


@given(st.lists(events, max_size=80), st.integers(1, 6), st.integers(10, 1000))
def test_it_never_leaves_its_bounds_and_every_step_is_a_step(
    history: list[Trouble | tuple[float, int]], lanes: int, rows: int
) -> None:
    tuner = Tuner(most_lanes=lanes, most_rows=rows)

    for event in history:
        before = {"lanes": tuner.lanes, "rows": tuner.rows}
        steps = tuner.troubled(event) if isinstance(event, Trouble) else tuner.answered(*event)
        for step in steps:
            assert (step.before, step.after) == (before[step.what], getattr(tuner, step.what))
            assert step.before != step.after
            assert step.reason
        assert 1 <= tuner.lanes <= lanes
        assert min(10, rows) <= tuner.rows <= rows
