from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ploomes_sync.domain.text import fold, parse_number, plain_text, words


def test_accents_case_and_outer_blanks_do_not_count() -> None:
    assert fold("  Peças ÓLEO ") == fold("pecas oleo")


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("atlas", "Filtro ATLAS-COPCO", True),
        ("atlas copco", "Filtro Atlas  Copco 10", True),
        ("atlas", "ATLAS_0017", True),
        ("atlas", "Atlante ATLASUL", False),
        ("mão de obra", "MAO DE OBRA técnica", True),
    ],
)
def test_words_are_found_whole(phrase: str, text: str, found: bool) -> None:  # noqa: FBT001 - a table of cases
    assert (words(phrase) in words(text)) is found


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Filtro&nbsp;de <b>ar</b></p><p>20 bar</p>", "Filtro de ar\n20 bar"),
        ("&lt;p&gt;Filtro &amp;amp; cia&lt;/p&gt;", "Filtro & cia"),
        ("linha<br/>outra", "linha\noutra"),
        ("<style>p{color:red}</style>texto<script>x()</script>", "texto"),
        ("pressão < 10 bar e > 5", "pressão < 10 bar e > 5"),
        ("sem marcas", "sem marcas"),
    ],
)
def test_html_becomes_plain_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@given(st.text(alphabet="<>/abp&;lgt ="))
def test_any_markup_gives_a_text(markup: str) -> None:
    assert "<p>" not in plain_text(markup) or "&" in markup


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12,5", "12.5"),
        ("1.234,56", "1234.56"),
        ("R$ 1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234", "1234"),
        ("0.500", "0.5"),
        ("149.9", "149.9"),
        ("-3", "-3"),
        ("12,5 kg", "12.5"),
        ("1.234.567", "1234567"),
    ],
)
def test_numbers_are_read_as_brazilians_write_them(text: str, number: str) -> None:
    assert parse_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "dez", "1..2", "--1", "12 34", "NaN", "1e5", "∞", ","])
def test_what_is_no_number_is_none(text: str) -> None:
    assert parse_number(text) is None


@given(st.integers(-(10**9), 10**9), st.integers(0, 99))
def test_a_formatted_price_is_read_back(whole: int, cents: int) -> None:
    text = f"{whole:,}".replace(",", ".") + f",{cents:02}"
    sign = -1 if whole < 0 else 1
    assert parse_number(text) == whole + sign * Decimal(cents) / 100


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["<script", "<!--", "<a ", "&lt;p", "<aaaa", "\n <"])
def test_hostile_markup_takes_no_longer_than_its_length(piece: str) -> None:
    assert isinstance(plain_text(piece * 100_000), str)
