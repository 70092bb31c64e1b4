from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest

from ploomes_sync.dashboard.speech import Speech
from ploomes_sync.dashboard.views import products as view
from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.search import Facets, SearchQuery, Sort

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
PT = Speech("pt", ZoneInfo("America/Sao_Paulo"), NOW)
PLACE = '["name", 0, "bomba", 7]'


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1250", "1250"),
        ("1.250", "1250"),
        ("1,250", "1250"),
        ("1.250,50", "1250.50"),
        ("1,250.50", "1250.50"),
        ("1250,5", "1250.5"),
        ("R$ 3.000.000,00", "3000000"),
        ("0,99", "0.99"),
        ("1250.50", "1250.50"),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, amount: str) -> None:
    assert view.money(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["abc", "-5", "1e9", "1.2.3", "NaN", "0.125", "١٢", "9" * 13, ""])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        view.money(text)


def test_a_search_is_read_from_its_address_and_written_back_the_same() -> None:
    query = SearchQuery(
        q="bomba d'água & cia",
        type=Kind.KIT,
        brand="Atlas Copco",
        category="Peças/Óleo",
        segment="omie",
        min_price=Decimal("10.50"),
        max_price=Decimal(1250),
        in_stock=False,
        active=True,
        source="omie",
        deleted=True,
        sort=Sort.PRICE_DESC,
    )
    address = view.address(query)
    again = view.read(dict(parse_qsl(urlsplit(address).query)))
    assert again == view.Asked(query)
    assert again.filters == 10
    assert again.menu == 4


def test_the_plain_list_has_a_plain_address_and_more_of_it_a_place() -> None:
    assert view.address(SearchQuery()) == "/products"
    query = view.read({"sort": "name", "after": PLACE}).query
    assert query.after == PLACE
    assert view.address(query) == "/products?sort=name"
    assert dict(parse_qsl(urlsplit(view.address(query, "/products/more", after=PLACE)).query))["after"] == PLACE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("type", "tractor"),
        ("min_price", "cheap"),
        ("max_price", "-1"),
        ("in_stock", "perhaps"),
        ("active", "2"),
        ("deleted", "x"),
        ("sort", "random"),
        ("after", "nowhere"),
        ("after", PLACE),
        ("brand", "x" * 301),
    ],
)
def test_what_makes_no_sense_is_left_out_and_named(name: str, text: str) -> None:
    given = {"q": "bomba", name: text} | ({"sort": "price"} if name == "after" else {})
    asked = view.read(given)
    assert asked.ignored == (name,)
    assert asked.query.q == "bomba"
    assert asked.filters == 0


def test_blank_and_unknown_parameters_do_not_count() -> None:
    assert view.read({"q": "  ", "type": "", "utm_source": "mail"}) == view.Asked(SearchQuery())


def test_words_that_are_too_many_are_cut() -> None:
    assert len(view.read({"q": "x" * 900}).query.q) == 200


@pytest.mark.parametrize(
    ("before", "query", "header"),
    [
        ("/products", SearchQuery(q="b"), "HX-Push-Url"),
        ("/products?q=b", SearchQuery(q="bo"), "HX-Replace-Url"),
        ("/products?q=bo", SearchQuery(q=""), "HX-Replace-Url"),
        ("/products?q=bo", SearchQuery(q="bo", type=Kind.KIT), "HX-Push-Url"),
        ("/products?q=bo&type=kit", SearchQuery(q="bo", type=Kind.KIT), "HX-Replace-Url"),
        ("", SearchQuery(), "HX-Replace-Url"),
    ],
)
def test_typing_leaves_one_entry_in_the_history_and_choosing_one_each(
    before: str, query: SearchQuery, header: str
) -> None:
    assert view.history(f"http://localhost{before}" if before else "", query) == header


def test_what_is_narrowed_down_is_counted_without_itself() -> None:
    query = SearchQuery(q="x", brand="SKF", type=Kind.PRODUCT)
    assert view.without(query) == {
        "brand": SearchQuery(q="x", type=Kind.PRODUCT),
        "type": SearchQuery(q="x", brand="SKF"),
    }
    assert view.without(SearchQuery(q="x", in_stock=True)) == {}


def test_facets_offer_all_types_and_segments_and_the_chosen_value_even_if_it_finds_nothing() -> None:
    counted = Facets(total=3, types={"product": 3}, brands={"SKF": 2, "WEG": 1}, segments={"omie": 3})
    counts = dict.fromkeys(view.FACETS, counted)
    found = view.facets(SearchQuery(brand="Gone"), counts, ("rentals", "omie"), PT)
    assert [(one.value, one.count) for one in found["type"].choices][:2] == [("product", 3), ("service", 0)]
    assert [(one.name, one.count) for one in found["segment"].choices] == [("Locações", 0), ("Via Omie", 3)]
    assert [(one.value, one.count, one.chosen) for one in found["brand"].choices] == [
        ("Gone", 0, True),
        ("SKF", 2, False),
        ("WEG", 1, False),
    ]
    assert found["brand"].chosen == "Gone"
    assert found["type"].chosen == ""


def test_facets_that_are_not_counted_yet_offer_what_is_known() -> None:
    found = view.facets(SearchQuery(category="Peças"), None, ("omie",), PT)
    assert {one.count for facet in found.values() for one in facet.choices} == {None}
    assert [one.value for one in found["category"].choices] == ["Peças"]
    assert found["brand"].choices == ()


def test_a_very_long_facet_is_cut_but_never_without_what_is_chosen() -> None:
    brands = {f"brand {number}": 1 for number in range(100)}
    counts = dict.fromkeys(view.FACETS, Facets(brands=brands))
    brand = view.facets(SearchQuery(brand="brand 99"), counts, (), PT)["brand"]
    assert brand.chosen == "brand 99"
    assert len(brand.choices) + brand.rest == 100
    assert brand.rest == 39


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://localhost/products?q=x", "/products?q=x"),
        ("http://localhost/products", "/products"),
        ("http://localhost/changes?q=x", "/products"),
        ("", "/products"),
        ("javascript:alert(1)", "/products"),
    ],
)
def test_a_product_leads_back_to_the_search_it_was_opened_from(referer: str, back: str) -> None:
    assert view.came_from(referer) == back


def test_what_was_lately_is_told_as_a_span_and_what_was_long_ago_as_a_day() -> None:
    assert view.lately(NOW - timedelta(days=3), PT) == "ago"
    assert view.lately(NOW - timedelta(days=300), PT) == "day"
    assert view.lately(None, PT) == "day"
