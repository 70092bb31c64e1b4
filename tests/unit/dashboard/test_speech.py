from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ploomes_sync.dashboard.speech import Speech

NOW = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
PT = Speech("pt", ZoneInfo("America/Sao_Paulo"), NOW)
EN = Speech("en", ZoneInfo("America/Sao_Paulo"), NOW)


def test_numbers_and_money_are_written_as_the_reader_writes_them() -> None:
    assert (PT.number(11793), EN.number(11793)) == ("11.793", "11,793")
    assert (PT.number(0.456, 1), EN.number(0.456, 1)) == ("0,5", "0.5")
    assert PT.money(Decimal("1234.5"), "BRL") == "R$ 1.234,50"
    assert EN.money(Decimal("1234.5"), "USD") == "$1,234.50"
    assert PT.money(None) == PT.number(None) == "–"


@pytest.mark.parametrize(("change", "said"), [(0, "±0"), (1200, "+1.200"), (-7, "−7"), (None, "–")])
def test_a_change_bears_its_sign(change: int | None, said: str) -> None:
    assert PT.signed(change) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "0 %"), (0.0001, "< 0,1 %"), (0.5, "50 %"), (0.99999, "99,9 %"), (1.0, "100 %"), (None, "–")],
)
def test_little_is_never_written_as_nothing_nor_almost_all_as_all(share: float | None, said: str) -> None:
    assert PT.share(share) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.182, "182 ms"),
        (0.9999, "1 s"),
        (2.14, "2,1 s"),
        (12.3, "12 s"),
        (59.7, "60 s"),
        (61, "1 min 1 s"),
        (754, "12 min"),
        (3600, "1 h"),
        (11_520, "3 h 12 min"),
        (50_000, "13 h"),
        (86_400 * 3 + 7200, "3 d 2 h"),
        (86_400 * 40, "40 d"),
        (None, "–"),
    ],
)
def test_a_span_has_the_two_units_that_matter(seconds: float | None, said: str) -> None:
    assert PT.duration(seconds) == said


def test_a_moment_is_told_from_now_and_in_the_readers_zone() -> None:
    assert PT.ago(NOW - timedelta(minutes=4, seconds=20)) == "há 4 min"
    assert EN.ago(NOW + timedelta(hours=3, minutes=12)) == "in 3 h 12 min"
    assert PT.ago(NOW) == "agora"
    assert PT.ago(None) == "nunca"
    assert PT.moment(NOW) == "22/11 14:30"
    assert PT.moment(NOW.replace(year=2025)) == "22/11/2025 14:30"
    assert EN.moment(NOW, seconds=True) == "Nov 22 14:30:00"


def test_words_choose_between_one_and_more_as_the_language_does() -> None:
    assert PT.t("ask.quarantine", n=1) == "1 registro está em quarentena"
    assert PT.t("ask.quarantine", n=1200) == "1.200 registros estão em quarentena"
    assert PT.t("overview.read", n=0) == "0 lido"
    assert EN.t("ask.quarantine", n=0) == "0 records are in quarantine"


def test_a_name_without_words_is_shown_as_it_is() -> None:
    assert PT.name("segment", "omie") == "Via Omie"
    assert PT.name("segment", "boilers") == "boilers"


@pytest.mark.parametrize(("size", "said"), [(0, "0 B"), (1536, "1,5 kB"), (5 * 1024**3, "5 GB"), (None, "–")])
def test_a_size_has_the_unit_that_fits(size: float | None, said: str) -> None:
    assert PT.bytes(size) == said
