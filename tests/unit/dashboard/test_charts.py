from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ploomes_sync.dashboard.speech import Speech
from ploomes_sync.dashboard.views import charts as view
from ploomes_sync.dashboard.words import WORDS
from ploomes_sync.domain.series import SERIES, aligned, history_of
from ploomes_sync.domain.status import MetricHistory, MetricPoint, MetricSeries

NOW = datetime(2026, 3, 1, 12, 0, 7, tzinfo=UTC)
PT, EN = (Speech(language, ZoneInfo("America/Sao_Paulo"), NOW) for language in ("pt", "en"))


def history(
    *values: float | None, name: str = "rows_per_second", step: int = 30, young: float = 0
) -> MetricHistory:
    """Make a series whose last step has begun `young` seconds ago, or ended just now."""
    since = NOW - timedelta(seconds=step * (len(values) - (1 if young else 0)) + young)
    points = tuple(
        MetricPoint(at=since + timedelta(seconds=step * at), value=value) for at, value in enumerate(values)
    )
    return MetricHistory(since=since, step_seconds=step, series=(MetricSeries(name=name, unit="", points=points),))


@pytest.mark.parametrize("span", view.SPANS)
def test_no_range_has_more_than_300_points_and_long_ones_are_read_by_the_hour(span: view.Span) -> None:
    step = view.step_of(span, 15)
    made = history_of(["cpu"], aligned(NOW - timedelta(seconds=span.seconds), step), step, NOW, {})

    assert len(made.series[0].points) <= 301
    assert span.seconds <= 48 * 3600 or step % 3600 == 0


def test_a_point_holds_two_samples_however_seldom_these_are_taken() -> None:
    hour = view.span_of("1h")

    assert [view.step_of(hour, interval) for interval in (0, 15, 60, 20.5)] == [30, 30, 120, 41]


@pytest.mark.parametrize(("name", "chosen"), [("7d", "7d"), ("", "24h"), (None, "24h"), ("1y'--", "24h")])
def test_an_unknown_range_is_the_usual_one(name: str | None, chosen: str) -> None:
    assert view.span_of(name).name == chosen


def test_every_line_is_a_series_that_is_kept_and_all_have_words() -> None:
    assert set(view.names()) <= SERIES.keys()
    assert len(set(view.names())) == len(view.names())
    for chart in view.CHARTS:
        assert {f"chart.{chart.key}", f"chart.{chart.key}.means"} <= WORDS.keys()
        assert {f"line.{name}" for name in chart.lines} <= WORDS.keys()
        assert len(chart.lines) <= 6, "there are six colours"


def test_a_last_step_that_has_just_begun_is_left_out() -> None:
    assert view.drawn(history(1, 2, 90, young=8), NOW, 15).values == {"rows_per_second": [1, 2]}
    assert view.drawn(history(1, 2, 90, step=300, young=70), NOW, 15).values == {"rows_per_second": [1, 2, 90]}


def test_requests_are_told_a_minute_as_ploomes_counts_them() -> None:
    found = view.drawn(history(2.0, None, name="requests_per_second"), NOW, 0)

    assert found.values == {"requests_per_second": [120, None]}


@pytest.mark.parametrize(
    ("value", "short"), [(0.0, 0), (0.123456, 0.1235), (12.0, 12), (123456.0, 123500), (-0.5, -0.5)]
)
def test_values_keep_four_digits(value: float, short: float) -> None:
    assert view.rounded(value) == short
    assert len(str(view.rounded(value))) <= 7


def test_what_was_not_measured_is_a_gap_and_no_zero() -> None:
    found = view.drawn(history(None, 0.0, None), NOW, 0)

    assert found.values == {"rows_per_second": [None, 0, None]}
    assert found.measured_at == int(NOW.timestamp()) - 30
    assert view.drawn(history(None, None), NOW, 0).measured_at is None


def test_old_measurements_are_said_to_be_old() -> None:
    fresh = view.drawn(history(1, None, None), NOW, 0)
    old = view.drawn(history(1, None, None, None, None), NOW, 0)

    assert view.stale_at(fresh, NOW) is None
    assert view.stale_at(old, NOW) == int(NOW.timestamp()) - 120
    assert view.stale_at(view.drawn(history(None), NOW, 0), NOW) is None


@pytest.mark.parametrize(
    ("name", "value", "portuguese", "english"),
    [
        ("rows_per_second", 1234.5, "1.234/s", "1,234/s"),
        ("errors_network_per_minute", 0.25, "0,25/min", "0.25/min"),
        ("ploomes_latency_seconds", 0.4, "400 ms", "400 ms"),
        ("cache_hit_rate", 0.8765, "87,6 %", "87.6 %"),
        ("memory_bytes", 5_500_000, "5,2 MB", "5.2 MB"),
        ("jobs_waiting", 2.75, "2,8", "2.8"),
    ],
)
def test_values_are_told_with_unit_and_in_the_language(
    name: str, value: float, portuguese: str, english: str
) -> None:
    assert view.told(name, [None, value], PT).last == portuguese
    assert view.told(name, [None, value], EN).last == english


def test_a_line_is_told_by_its_last_least_mean_and_most() -> None:
    assert view.told("jobs_waiting", [3, None, 1, 2, None], PT) == view.Told("2", "1", "2", "3")
    assert view.told("jobs_waiting", [None], PT) == view.Told("–", "–", "–", "–")
