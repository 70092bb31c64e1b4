from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ploomes_sync.domain.page import Reject, RejectReason
from ploomes_sync.domain.record import MAX_BYTES, Decoded, decode_record
from unit.domain.builders import decode, make_record, refused

BACKSLASH_U0000 = b'{"Id":7,"Name":"a\\\\u0000b"}'


def test_a_sound_record_keeps_its_bytes() -> None:
    raw = make_record(Code="00017", UnitPrice=149.9, Unknown={"a": [1]})
    decoded = decode_record(raw)
    assert isinstance(decoded, Decoded)
    assert (decoded.id, decoded.payload, decoded.cleaned) == (7, raw, False)
    assert decoded.product.UnitPrice == Decimal("149.9")


@pytest.mark.parametrize(
    ("values", "reason", "product_id"),
    [
        ({"Id": None}, RejectReason.NO_ID, None),
        ({"Id": "7"}, RejectReason.BAD_ID, None),
        ({"Id": True}, RejectReason.BAD_ID, None),
        ({"Id": 7.5}, RejectReason.BAD_ID, None),
        ({"Id": 0}, RejectReason.BAD_ID, None),
        ({"Id": -1}, RejectReason.BAD_ID, None),
        ({"Id": 1 << 63}, RejectReason.BAD_ID, None),
        ({"Name": None}, RejectReason.NO_NAME, 7),
        ({"Name": " \t"}, RejectReason.NO_NAME, 7),
        ({"Name": 5}, RejectReason.NO_NAME, 7),
        ({"Name": "\x00"}, RejectReason.NO_NAME, 7),
        ({"UnitPrice": "12"}, RejectReason.BAD_TYPE, 7),
        ({"UnitPrice": 10**13}, RejectReason.NUMBER_OVERFLOW, 7),
        ({"UnitPrice": -(10**13)}, RejectReason.NUMBER_OVERFLOW, 7),
        ({"Suspended": "sim"}, RejectReason.BAD_TYPE, 7),
        ({"OtherProperties": {"k": 1}}, RejectReason.BAD_TYPE, 7),
        ({"LastUpdateDate": "2024-02-30T00:00:00-03:00"}, RejectReason.BAD_DATE, 7),
        ({"LastUpdateDate": "9999-12-31T23:59:59-03:00"}, RejectReason.BAD_DATE, 7),
        ({"CreateDate": ""}, RejectReason.BAD_DATE, 7),
    ],
)
def test_a_record_that_cannot_be_stored_says_why(
    values: dict[str, object], reason: RejectReason, product_id: int | None
) -> None:
    reject = refused(make_record(**values))
    assert (reject.reason, reject.product_id) == (reason, product_id)


def test_the_detail_names_the_place_in_words() -> None:
    assert refused(make_record(UnitPrice="12")).detail == "UnitPrice: expected a number, got text"
    assert refused(make_record(Lists=[{"ListId": []}])).detail == (
        "Lists[0].ListId: expected a whole number, got a list"
    )


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b'{"Id":7', b"<html>", b'{"Id":7,"Name":NaN}'])
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    assert refused(raw).reason in (RejectReason.UNREADABLE, RejectReason.BAD_TYPE)


def test_a_number_that_no_table_could_hold_is_refused_even_in_an_unknown_key() -> None:
    reject = refused(b'{"Id":7,"Name":"a","X":1e999999999}')
    assert (reject.reason, reject.product_id) == (RejectReason.NUMBER_OVERFLOW, 7)


@pytest.mark.parametrize("levels", [65, 5_000, 200_000])
def test_deep_nesting_is_refused_and_the_id_is_still_known(levels: int) -> None:
    raw = b'{"Id":7,"Name":"a","X":' + b"[" * levels + b"]" * levels + b"}"
    reject = refused(raw)
    assert (reject.reason, reject.product_id) == (RejectReason.TOO_DEEP, 7)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert decode(X=[[]] * 500).id == 7


def test_an_oversized_record_is_refused_with_as_much_as_can_be_kept() -> None:
    reject = refused(make_record(X="ç" * MAX_BYTES))
    assert (reject.reason, reject.product_id) == (RejectReason.TOO_LARGE, 7)
    assert len(reject.payload.encode()) <= MAX_BYTES


@pytest.mark.parametrize(
    ("raw", "payload"),
    [
        (b'{"Id":7,"Name":"a\\u0000b"}', b'{"Id":7,"Name":"ab"}'),
        (b'{"Id":7,"Name":"a\\ud83d"}', b'{"Id":7,"Name":"a\\ufffd"}'),
        (b'{"Id":7,"Name":"a\\uDE00b"}', b'{"Id":7,"Name":"a\\ufffdb"}'),
        (b'{"Id":7,"Name":"a\\ud83d\\u0041"}', b'{"Id":7,"Name":"a\\ufffd\\u0041"}'),
        (b'{"Id":7,"Name":"a\xff"}', '{"Id":7,"Name":"a�"}'.encode()),
    ],
)
def test_what_postgresql_refuses_is_cleaned_and_noted(raw: bytes, payload: bytes) -> None:
    decoded = decode_record(raw)
    assert isinstance(decoded, Decoded)
    assert (decoded.payload, decoded.cleaned) == (payload, True)


@pytest.mark.parametrize("raw", [BACKSLASH_U0000, b'{"Id":7,"Name":"\\ud83d\\ude00 \\u00e7"}'])
def test_escapes_that_only_look_like_trouble_stay(raw: bytes) -> None:
    decoded = decode_record(raw)
    assert isinstance(decoded, Decoded)
    assert (decoded.payload, decoded.cleaned) == (raw, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-05T09:12:44-03:00", datetime(2024, 3, 5, 12, 12, 44, tzinfo=UTC)),
        ("2024-03-05T09:12:44.1-03:00", datetime(2024, 3, 5, 12, 12, 44, 100_000, tzinfo=UTC)),
        ("2024-03-05T09:12:44.1234567-03:00", datetime(2024, 3, 5, 12, 12, 44, 123_456, tzinfo=UTC)),
        ("2024-03-05T12:12:44Z", datetime(2024, 3, 5, 12, 12, 44, tzinfo=UTC)),
        ("2024-03-05T09:12:44.13", datetime(2024, 3, 5, 12, 12, 44, 130_000, tzinfo=UTC)),
        (None, None),
    ],
)
def test_dates_become_utc_and_lack_of_an_offset_means_local_time(
    text: str | None, expected: datetime | None
) -> None:
    assert decode(LastUpdateDate=text).updated_at == expected


def test_equal_numbers_are_equal_however_they_are_written() -> None:
    first, second = (
        decode_record(b'{"Id":7,"Name":"a","UnitPrice":0}'),
        decode_record(b'{"Id":7,"Name":"a","UnitPrice":0.00}'),
    )
    assert isinstance(first, Decoded)
    assert isinstance(second, Decoded)
    assert first.product == second.product


@given(st.binary(max_size=200))
def test_any_bytes_give_an_answer(raw: bytes) -> None:
    check_storable(decode_record(raw))


TEXT = st.text(alphabet='aé\x00😀"\\', max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(["Id", "Name", "Code", "UnitPrice", "LastUpdateDate", "OtherProperties", "Parts", "X"])


@given(st.dictionaries(KEYS, JSON, max_size=5), st.integers(1, 99))
def test_any_json_gives_an_answer_and_what_it_keeps_is_storable(values: dict[str, object], number: int) -> None:
    check_storable(decode_record(msgspec.json.encode({"Id": number, "Name": "a", **values})))


def check_storable(answer: Decoded | Reject) -> None:
    if isinstance(answer, Reject):
        answer.payload.encode()
        assert "\x00" not in answer.payload
    else:
        text = str(msgspec.json.decode(answer.payload))
        text.encode()
        assert "\x00" not in text
        assert answer.updated_at is None or answer.updated_at.utcoffset() == timedelta()
