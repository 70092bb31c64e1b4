from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ploomes_sync.domain.product import ProductId
from ploomes_sync.domain.webhook import (
    MAX_BODY_BYTES,
    Change,
    Event,
    Ignored,
    Malformed,
    check_callback,
    key_hash,
    key_matches,
    parse_event,
    shown_callback,
)
from ploomes_sync.errors import SettingsError


def read(**fields: Any) -> Event | Ignored | Malformed:  # noqa: ANN401 - whatever a sender may put there
    return parse_event(json.dumps(fields).encode())


def test_ploomes_own_body_names_the_product_and_what_happened() -> None:
    message = read(
        AccountId=12,
        Action="Update",
        ActionUserId=400001111,
        Entity="Products",
        New={"Id": 400612345, "Name": "Filtro", "OtherProperties": {"product_0B1C": "8421.39.90"}},
        Old={"Id": 400612345, "OtherProperties": {"product_0B1C": None}},
        WebhookCreatorId=400001111,
        WebhookId=40099001,
    )

    assert message == Event(ProductId(400612345), Change.UPDATED, 40099001)


@pytest.mark.parametrize("entity", ["Products", "Product", "PRODUCTS", "product", " Product "])
def test_the_entity_is_known_in_the_plural_the_singular_and_any_case(entity: str) -> None:
    assert isinstance(read(Entity=entity, Action="Create", New={"Id": 7}), Event)


@pytest.mark.parametrize("old", [{}, {"Old": None}, {"Old": {}}, {"Old": "x"}])
def test_a_creation_needs_no_old(old: dict[str, Any]) -> None:
    assert read(Entity="Products", Action="Create", New={"Id": 7}, **old) == _event(Change.CREATED)


@pytest.mark.parametrize("new", [{}, {"New": None}, {"New": {}}, {"New": {"Id": None}}, {"New": []}])
def test_a_deletion_is_known_by_its_old(new: dict[str, Any]) -> None:
    assert read(Entity="Products", Action="Delete", Old={"Id": 7}, **new) == _event(Change.DELETED)


@pytest.mark.parametrize("others", [{"a": 1}, [{"FieldKey": "a"}], "x", None, 5])
def test_other_properties_may_be_anything(others: object) -> None:
    assert read(Entity="Products", Action="Update", New={"Id": 7, "OtherProperties": others}) == _event()


@pytest.mark.parametrize("given_id", [7, "7", " 007 "])
def test_an_id_may_be_a_number_or_digits(given_id: object) -> None:
    assert read(Entity="Products", Action="Update", New={"Id": given_id}) == _event()
    assert read(EntityType="Product", EntityId=given_id, ChangeType="update") == _event()


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({"EntityType": "Product", "EntityId": 7, "ChangeType": "created"}, Change.CREATED),
        ({"entityType": "products", "entityId": 7, "changeType": "UPDATED"}, Change.UPDATED),
        ({"entity_type": "product", "entity_id": "7", "change_type": "Delete"}, Change.DELETED),
        ({"EntityType": "Product", "EntityId": 7, "Action": "Create"}, Change.CREATED),
        ({"EntityType": "Product", "EntityId": 7, "ChangeType": "stock"}, Change.OTHER),
        ({"EntityType": "Product", "EntityId": 7}, Change.OTHER),
        ({"Entity": "Products", "Action": {"odd": 1}, "New": {"Id": 7}}, Change.OTHER),
    ],
)
def test_the_plain_form_is_understood_however_it_is_written(fields: dict[str, Any], change: Change) -> None:
    assert read(**fields) == _event(change)


@pytest.mark.parametrize("entity", ["Deals", "Contacts", "Products@Groups", "Products@Families", "", "\ud800\0x"])
def test_what_is_not_about_a_product_is_ignored_with_a_reason(entity: str) -> None:
    message = read(Entity=entity, Action="Update", New={"Id": 7})

    assert isinstance(message, Ignored)
    assert message.reason.isprintable()


@pytest.mark.parametrize(
    "wrong_id", [0, -1, 1 << 63, True, 1.5, None, "", "x", "-7", "٧", "9" * 5000, [7], {"Id": 7}]
)
def test_an_id_that_is_none_makes_the_message_malformed(wrong_id: object) -> None:
    assert isinstance(read(Entity="Products", New={"Id": wrong_id}), Malformed)
    assert isinstance(read(EntityType="Product", EntityId=wrong_id), Malformed)


def test_the_number_of_a_kind_of_record_is_not_taken_for_a_product() -> None:
    assert isinstance(read(Entity="Products", Action="Update", EntityId=10), Malformed)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"Products"',
        b"{",
        b"<html>",
        b"\xff\xfe\x00",
        b'{"Entity": ["Products"], "New": {"Id": 7}}',
        b'{"New": {"Id": 7}}',
        b"9" * 5000,
        b'{"Entity":"Products","New":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b" " * (MAX_BODY_BYTES + 1),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_message_is_malformed(body: bytes) -> None:
    assert isinstance(parse_event(body), Malformed)


def test_a_broken_letter_in_a_name_does_not_cost_the_event() -> None:
    body = b'{"Entity":"Products","Action":"Update","New":{"Id":7,"Name":"a\\ud800\\u0000b","Weight":NaN}}'

    assert parse_event(body) == _event()


_NAMES = st.sampled_from(
    ["Entity", "EntityType", "EntityId", "New", "Old", "Id", "Action", "ChangeType", "WebhookId"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["Products", "Update"]),
    lambda inner: st.lists(inner) | st.dictionaries(_NAMES | st.text(), inner),
)


@given(st.binary())
def test_no_bytes_make_it_raise(body: bytes) -> None:
    assert isinstance(parse_event(body), Event | Ignored | Malformed)


@given(st.dictionaries(_NAMES, _JSON))
def test_no_document_makes_it_raise_and_every_id_fits_the_database(document: dict[str, Any]) -> None:
    message = parse_event(json.dumps(document).encode())

    if isinstance(message, Event):
        assert 0 < message.product_id < 1 << 63
    else:
        assert message.reason.isprintable()


def test_a_key_is_known_again_by_its_hash_alone() -> None:
    stored = key_hash("s3cret")

    assert "s3cret" not in stored
    assert key_matches(stored, "s3cret")
    assert not any(key_matches(stored, wrong) for wrong in ("S3cret", "", None, stored, "\ud800", "é"))
    assert not key_matches(key_hash(""), "")
    assert not key_matches("", "s3cret")


@pytest.mark.parametrize(
    "url",
    [
        "https://sync.example.com/hooks?token=x",
        "https://host:8443/",
        "http://localhost:8080/x",
        "http://[::1]:1/x",
    ],
)
def test_a_callback_is_https_or_stays_on_this_machine(url: str) -> None:
    assert check_callback(f" {url} ") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sync.example.com",
        "http://sync.example.com/",
        "http://localhost.example.com/",
        "ftp://x/",
        "https://",
        "https://user:pass@x/",
        "https://x/#part",
        "https://x/a b",
        "https://x:port/",
        "https://[x/",
    ],
)
def test_any_other_callback_is_refused_in_words(url: str) -> None:
    with pytest.raises(SettingsError, match="callback"):
        check_callback(url)


def test_a_callback_is_shown_without_what_may_be_secret() -> None:
    assert shown_callback("https://x.example/hook?token=secret") == "https://x.example/hook?…"
    assert shown_callback("https://u:p@x.example/hook") == "https://x.example/hook"
    assert shown_callback(None) == ""
    assert shown_callback("https://[") == "?"


def _event(change: Change = Change.UPDATED) -> Event:
    return Event(ProductId(7), change)
