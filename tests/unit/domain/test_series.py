from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ploomes_sync.domain.series import SERIES, Sum, aligned, check_span, figures_of, history_of, series_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def values(name: str, sums: dict[datetime, dict[str, Sum]], *, minutes: float = 3) -> list[float | None]:
    found = history_of([name], NOON, 60, NOON + minutes * MINUTE, sums)
    return [point.value for point in found.series[0].points]


def test_a_rate_is_what_was_done_by_the_seconds_of_the_step() -> None:
    sums = {NOON: {"rows": Sum(600, 4)}, NOON + 2 * MINUTE: {"rows": Sum(0, 4)}}

    assert values("rows_per_second", sums, minutes=2.5) == [10.0, None, 0.0]


def test_the_step_that_is_going_on_counts_only_what_has_passed_of_it() -> None:
    sums = {NOON: {"rate_limited": Sum(6, 2)}}

    assert values("rate_limited_per_minute", sums, minutes=0.5) == [12.0]


def test_a_ratio_is_one_sum_by_another() -> None:
    reads = {"cache_hits": Sum(80, 4), "cache_reads": Sum(100, 4)}
    sums = {NOON: reads, NOON + MINUTE: {"cache_hits": Sum(0, 4), "cache_reads": Sum(0, 4)}}

    assert values("cache_hit_rate", sums, minutes=1.5) == [0.8, None]


def test_a_gauge_is_the_mean_of_all_samples() -> None:
    assert values("cpu", {NOON: {"cpu": Sum(1.5, 3)}}, minutes=0.5) == [0.5]
    assert values("products.omie", {NOON: {"products.omie": Sum(30, 3)}}, minutes=0.5) == [10]


def test_every_series_is_made_of_named_figures() -> None:
    assert {"rows", "cache_hits", "cache_reads"} <= set(figures_of(list(SERIES)))


@pytest.mark.parametrize("name", ["rows", "products.", ""])
def test_an_unknown_series_is_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match="there are"):
        series_of(name)


@pytest.mark.parametrize(
    ("since", "step", "words"),
    [
        (NOON - MINUTE, 0, "at least 1"),
        (NOON, 60, "past"),
        (NOON.replace(tzinfo=None), 60, "time zone"),
        (NOON - 100 * MINUTE, 1, "points"),
    ],
)
def test_what_is_no_chart_is_refused(since: datetime, step: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_span(since, NOON, step)


def test_steps_begin_at_the_same_moments_however_late_one_asks() -> None:
    assert aligned(NOON + timedelta(seconds=61), 60) == NOON + MINUTE
    assert aligned(NOON + timedelta(seconds=119.5), 60) == NOON + MINUTE
