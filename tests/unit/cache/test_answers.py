from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ploomes_sync.bootstrap import load_profile
from ploomes_sync.cache import questions
from ploomes_sync.cache.answer import Entry, make_entry, pack, unpack
from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.search import Facets, SearchQuery, Sort


async def again() -> Entry[object]:
    raise AssertionError("nothing is loaded here")


def test_the_same_value_has_the_same_etag_and_another_value_another_one() -> None:
    one, same, other = (
        make_entry({"price": price}, loaded=0, until=1, names=None, again=again)
        for price in (Decimal("10.10"), Decimal("10.10"), Decimal("10.1"))
    )

    assert one.body == b'{"price":10.10}'
    assert one.etag == same.etag != other.etag
    assert one.etag.startswith('"')
    assert one.etag.endswith('"')


def test_an_answer_tells_its_age_and_whether_it_could_be_checked() -> None:
    entry = make_entry("x", loaded=10, until=20, names=None, again=again)

    assert (entry.answer(12.5).age, entry.answer(12.5).stale) == (2.5, False)
    assert entry.answer(99, stale=True).stale


class Cost(msgspec.Struct):
    price: Decimal
    more: dict[str, Any] = {}


class Renamed(msgspec.Struct):
    cost: Decimal = Decimal(0)


def test_what_is_shared_comes_back_to_the_last_digit_and_only_in_the_same_shape() -> None:
    cost = Cost(Decimal("10.10"), {"deep": [Decimal("12345678901234567890.10")]})
    shared = pack(cost).decode()

    assert "12345678901234567890.10" in shared
    assert unpack(shared, Cost) == cost
    assert unpack(shared, Renamed) is None
    assert unpack('{"price": 1}', Cost) is None


SAME = [
    (SearchQuery(q="filtro "), SearchQuery(q=" filtro")),
    (SearchQuery(), SearchQuery(limit=50, sort=Sort.RELEVANCE)),
]
DIFFERENT = [
    (SearchQuery(q="a b"), SearchQuery(q="a  b")),
    (SearchQuery(q="filtro"), SearchQuery(q="filtro", limit=10)),
    (SearchQuery(q="filtro"), SearchQuery(q="filtro", deleted=True)),
    (SearchQuery(brand="x"), SearchQuery(category="x")),
    (SearchQuery(min_price=Decimal(1)), SearchQuery(max_price=Decimal(1))),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_search_has_one_key(one: SearchQuery, other: SearchQuery) -> None:
    assert questions.search(one).key == questions.search(other).key


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_searches_have_different_keys(one: SearchQuery, other: SearchQuery) -> None:
    assert questions.search(one).key != questions.search(other).key


def test_counts_of_a_search_do_not_depend_on_page_and_order() -> None:
    page = SearchQuery(q="x", limit=3, sort=Sort.NAME, after='["name", 0, "x", 1]')

    assert questions.facets(page).key == questions.facets(SearchQuery(q="x")).key
    assert questions.facets(page).key.startswith("facets:")


def test_half_a_surrogate_pair_is_a_search_like_any_other() -> None:
    assert questions.search(SearchQuery(q="\ud800")).key != questions.search(SearchQuery(q="")).key


def test_counts_name_what_the_profile_names_and_the_most_frequent_first() -> None:
    question = questions.counts(load_profile(None))
    found = question.dress(
        Facets(total=3, types={"kit": 1, "product": 2}, brands={"WEG": 3}, segments={"omie": 2})
    )

    assert list(found.types.items())[:3] == [("product", 2), ("kit", 1), ("component", 0)]
    assert set(found.types) == {kind.value for kind in Kind}
    assert found.segments == {"omie": 2, "atlas": 0, "ingersoll": 0, "rentals": 0, "services": 0}
    assert next(iter(found.brands.items())) == ("WEG", 3)
    assert found.brands["Atlas Copco"] == 0
