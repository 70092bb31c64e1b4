from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ploomes_sync.ploomes.odata import ProductQuery, all_of, ids_filter, products_url, since_filter, timestamp, url

URLS = [
    ("/Users", [], "/Users"),
    ("/Products", [("$filter", "Id gt 5 and Id le 9")], "/Products?$filter=Id%20gt%205%20and%20Id%20le%209"),
    ("/Products", [("$top", "1"), ("$count", "true")], "/Products?$top=1&$count=true"),
    ("/Products", [("$filter", "Name eq 'a''b'")], "/Products?$filter=Name%20eq%20'a''b'"),
    ("/Products", [("$filter", "Name eq 'á&b#c+d%'")], "/Products?$filter=Name%20eq%20'%C3%A1%26b%23c%2Bd%25'"),
    (
        "/Products",
        [("$filter", "OtherProperties/any(o:o/FieldKey eq 'k')")],
        "/Products?$filter=OtherProperties/any(o:o/FieldKey%20eq%20'k')",
    ),
    ("/Fields", [("$expand", "Type($select=NativeType)")], "/Fields?$expand=Type($select=NativeType)"),
]


@pytest.mark.parametrize(("path", "options", "text"), URLS)
def test_a_query_is_written_as_strict_servers_read_it(
    path: str, options: list[tuple[str, str]], text: str
) -> None:
    assert url(path, options) == text


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["$filter", "$orderby"]), st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
        )
    )
)
def test_every_value_arrives_as_it_was_meant(options: list[tuple[str, str]]) -> None:
    text = url("/Products", options)

    assert parse_qsl(urlsplit(text).query, strict_parsing=bool(options)) == options
    assert text.isascii()
    assert not set(text) & set(" +")


PAGES = [
    (
        ProductQuery(),
        "$filter=Id gt 0&$orderby=Id&$top=300&$expand=OtherProperties,Lists,Parts&$count=true",
    ),
    (
        ProductQuery(after=5, upto=9, filter="Suspended eq false or GroupId eq 1", top=10),
        (
            "$filter=Id gt 5 and Id le 9 and (Suspended eq false or GroupId eq 1)&$orderby=Id&$top=10"
            "&$expand=OtherProperties,Lists,Parts&$count=true"
        ),
    ),
    (
        ProductQuery(after=5, skip=300, expand=(), count=False),
        "$filter=Id gt 5&$orderby=Id&$top=300&$skip=300",
    ),
]


@pytest.mark.parametrize(("query", "text"), PAGES)
def test_a_page_is_asked_for_by_key_in_the_order_of_the_key(query: ProductQuery, text: str) -> None:
    assert products_url(query) == "/Products?" + text.replace(" ", "%20")


MOMENTS = [
    (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00.000Z"),
    (datetime(2026, 1, 31, 12, 0, 0, 999_999, tzinfo=UTC), "2026-01-31T12:00:00.999Z"),
    (datetime(2026, 1, 31, 22, tzinfo=timezone(-timedelta(hours=3))), "2026-02-01T01:00:00.000Z"),
    (datetime(926, 1, 31, 12, tzinfo=UTC), "0926-01-31T12:00:00.000Z"),
]


@pytest.mark.parametrize(("moment", "text"), MOMENTS)
def test_a_moment_is_written_in_utc_and_never_later_than_it_was(moment: datetime, text: str) -> None:
    assert timestamp(moment) == text


def test_a_window_holds_undated_products_too() -> None:
    since = datetime(2026, 1, 31, 12, tzinfo=UTC)

    assert since_filter(since) == "LastUpdateDate ge 2026-01-31T12:00:00.000Z or LastUpdateDate eq null"


def test_products_are_asked_for_by_id_in_one_filter() -> None:
    assert ids_filter([3, 1, 2]) == "Id eq 3 or Id eq 1 or Id eq 2"


@pytest.mark.parametrize(
    ("filters", "joined"),
    [
        ((), None),
        ((None, None), None),
        (("a",), "a"),
        ((None, "a or b"), "a or b"),
        (("a or b", "c"), "(a or b) and (c)"),
    ],
)
def test_filters_are_joined_without_changing_their_meaning(
    filters: tuple[str | None, ...], joined: str | None
) -> None:
    assert all_of(*filters) == joined
