from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ploomes_sync.errors import (
    CredentialsError,
    ForbiddenError,
    RateLimitedError,
    RequestError,
    SourceDownError,
    SourceGarbledError,
    SyncError,
)
from ploomes_sync.ploomes.wire import (
    Frame,
    check_order,
    check_whole,
    decode_envelope,
    error_for,
    excerpt,
    ids_of,
    retry_after,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
HEAD = b'{"@odata.context":"https://x/$metadata#Product","value":['
DEEP = b'{"Id":2,"Deep":' + b"[" * 5000 + b"]" * 5000 + b"}"
RECORDS = {
    "plain": b'{"Id":2,"Name":"a"}',
    "a lone surrogate": b'{"Id":2,"Name":"\\ud800"}',
    "a byte that is no UTF-8": b'{"Id":2,"Name":"\xff"}',
    "NaN": b'{"Id":2,"UnitPrice":NaN}',
    "absurd depth": DEEP,
    "braces in a text": b'{"Id":2,"Name":"]}]}{[","UnitPrice":NaN}',
    "quotes and backslashes in a text": b'{"Id":2,"Name":"a\\"]}\\\\","UnitPrice":NaN}',
    "an inner list": b'{"Id":2,"Lists":[{"ListId":1},{"ListId":2}],"UnitPrice":NaN}',
}


def page(*records: bytes, tail: bytes = b',"@odata.count":7}') -> bytes:
    return HEAD + b",".join(records) + b"]" + tail


@pytest.mark.parametrize("odd", RECORDS.values(), ids=RECORDS.keys())
def test_a_page_is_split_into_its_records_whatever_one_of_them_holds(odd: bytes) -> None:
    first, last = b'{"Id":1,"Name":"b"}', b'{"Id":3,"Name":"c"}'

    assert decode_envelope(page(first, odd, last)) == Frame((first, odd, last), 7)


ENVELOPES = [
    (b'{"value":[]}', Frame(())),
    (b'{"value":[],"@odata.count":0}', Frame((), 0)),
    (b'{"@odata.count":2,"value":[{"Id":1}]}', Frame((b'{"Id":1}',), 2)),
    (b'\xef\xbb\xbf{"value":[{"Id":1}],"@odata.count":2}', Frame((b'{"Id":1}',), 2)),
    (
        b'{"value":[{"Id":1}],"@odata.nextLink":"/Products?$skip=1"}',
        Frame((b'{"Id":1}',), None, "/Products?$skip=1"),
    ),
    (b' { "value" : [ {"Id":1} , {"Id":2} ] } ', Frame((b'{"Id":1}', b'{"Id":2}'))),
    (b'{"value":[{"Id":NaN}]}\n', Frame((b'{"Id":NaN}',))),
]


@pytest.mark.parametrize(("body", "frame"), ENVELOPES)
def test_the_frame_of_a_page_is_understood(body: bytes, frame: Frame) -> None:
    assert decode_envelope(body) == frame


NO_PAGES = [
    b"",
    b"null",
    b"[]",
    b'"busy"',
    b"<html><body>Bad Gateway</body></html>",
    b'{"value":"Your request has been forbidden"}',
    b'{"value":{"Id":1}}',
    b'{"values":[{"Id":1}]}',
    b'{"error":{"message":"no"}}',
    b'{"value":[{"Id":1}',
    b'{"value":[{"Id":1}]',
    b'{"value":[{"Id":1]}',
    b'{"value":[{"Id":1,"Name":"]}]}',
]


@pytest.mark.parametrize("body", NO_PAGES)
def test_what_is_no_page_is_not_believed(body: bytes) -> None:
    with pytest.raises(SourceGarbledError):
        decode_envelope(body)


@pytest.mark.parametrize("odd", [record for record in RECORDS.values() if record != DEEP])
def test_a_page_that_was_cut_anywhere_is_no_page(odd: bytes) -> None:
    body = page(b'{"Id":1,"Name":"]}"}', odd, b'{"Id":3}')

    believed = []
    for length in range(len(body)):
        try:
            believed.append((length, decode_envelope(body[:length])))
        except SourceGarbledError:
            continue

    assert believed == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text('"\\]}{[,:aá\n\ud800', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('a]}"', max_size=2), inner, max_size=3),
    max_leaves=6,
)


@given(
    records=st.lists(st.dictionaries(st.sampled_from(["Id", "Name", "value"]), json_values), max_size=4),
    escaped=st.booleans(),
    part=st.floats(0, 1, exclude_max=True),
)
def test_records_come_out_as_they_went_in_and_never_from_a_part_of_the_body(
    records: list[dict[str, object]],
    escaped: bool,  # noqa: FBT001 - drawn
    part: float,
) -> None:
    raw = [json.dumps(record, ensure_ascii=escaped).encode("utf-8", "surrogatepass") for record in records]
    body = page(*raw)

    assert decode_envelope(body) == Frame(tuple(raw), 7)
    with pytest.raises(SourceGarbledError):
        decode_envelope(body[: int(len(body) * part)])


@given(
    st.lists(st.sampled_from([b'{"value":[', b"{", b"}", b"[", b"]", b'"', b"\\", b",", b"NaN", b"\xff", b"1"]))
)
def test_any_bytes_are_a_page_or_garbled(pieces: list[bytes]) -> None:
    try:
        frame = decode_envelope(b"".join(pieces))
    except SourceGarbledError:
        return

    assert isinstance(frame, Frame)


def test_ids_are_read_also_from_records_that_are_no_json() -> None:
    records = (
        b'{"Id":1}',
        b'{"Id":2,"UnitPrice":NaN}',
        b'{"Name":"no id"}',
        b'{"Id":-4}',
        b'{"Id":"5"}',
        b'{"Id":6}',
    )

    assert ids_of(records) == [1, 2, 6]


ORDERS = [
    ([], 0, None, True),
    ([1, 2, 3], 0, None, True),
    ([1, 3, 2], 0, None, False),
    ([1, 1], 0, None, False),
    ([5, 6], 5, None, False),
    ([6, 7], 5, 7, True),
    ([6, 8], 5, 7, False),
]


@pytest.mark.parametrize(("ids", "after", "upto", "good"), ORDERS)
def test_a_cursor_is_built_only_on_a_page_in_order_and_in_range(
    ids: list[int],
    after: int,
    upto: int | None,
    good: bool,  # noqa: FBT001 - a table of cases
) -> None:
    assert _accepted(lambda: check_order(ids, after, upto)) is good


WHOLES = [
    ([], [], 0, 0, True),
    ([], [], None, 0, True),
    ([], [], 5, 0, False),
    ([], [], 5, 5, True),
    ([b'{"Id":1}'], [1], 9, 0, True),
    ([b"{}"], [], 9, 0, False),
    ([b"{}"], [], None, 0, False),
    ([b"{}"], [], 1, 0, True),
    ([b"3"], [], 1, 0, False),
]


@pytest.mark.parametrize(("records", "ids", "count", "skip", "good"), WHOLES)
def test_a_page_that_its_count_contradicts_is_asked_for_again(
    records: list[bytes],
    ids: list[int],
    count: int | None,
    skip: int,
    good: bool,  # noqa: FBT001 - a table of cases
) -> None:
    assert _accepted(lambda: check_whole(records, ids, count, skip)) is good


def _accepted(check: object) -> bool:
    assert callable(check)
    try:
        check()
    except SourceGarbledError:
        return False
    return True


QUERY = "/Products?$select=Nope"
FORBIDDEN = b'{"@odata.context":"x#Edm.String","value":"Your request has been forbidden"}'
ERRORS: list[tuple[int, bytes, type[SyncError], str]] = [
    (401, b"", CredentialsError, "PLOOME_API_KEY"),
    (401, b'{"@odata.context":"x"}', CredentialsError, "PLOOME_API_KEY"),
    (403, FORBIDDEN, ForbiddenError, "Your request has been forbidden"),
    (403, b"", ForbiddenError, QUERY),
    (400, b"", RequestError, QUERY),
    (400, '{"value":"O nome é longo demais."}'.encode(), RequestError, "O nome é longo demais."),
    (400, b'{"error":{"code":"","message":"Syntax error at 3"}}', RequestError, "Syntax error at 3"),
    (404, b"<html><title>Not Found</title></html>", RequestError, "404: Not Found"),
    (413, b"", RequestError, "413"),
    (414, b"", RequestError, "414"),
    (302, b"", RequestError, "302"),
    (408, b"", SourceDownError, "408"),
    (429, b'{"value":"Too many requests"}', RateLimitedError, "Too many requests"),
    (429, b"slow down", RateLimitedError, "slow down"),
    (500, b"", SourceDownError, "500"),
    (502, b"<html><h1>Bad&nbsp;Gateway</h1></html>", SourceDownError, "502: Bad Gateway"),
    (503, b'"<html><body><h1>Down</h1></body></html>"', SourceDownError, "503: Down"),
    (504, b"", SourceDownError, "504"),
    (520, b"", SourceDownError, "520"),
]


@pytest.mark.parametrize(("status", "body", "kind", "words"), ERRORS)
def test_a_refusal_becomes_the_error_that_says_what_to_do_next(
    status: int, body: bytes, kind: type[SyncError], words: str
) -> None:
    error = error_for(status, {}, body, QUERY, NOON)

    assert type(error) is kind
    assert words in str(error)
    assert getattr(error, "status", status) == status


@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_that_tells_how_long_to_wait_is_believed(status: int) -> None:
    error = error_for(status, {"retry-after": "7"}, b"", QUERY, NOON)

    assert isinstance(error, RateLimitedError | SourceDownError)
    assert error.retry_after == 7.0


DELAYS = [
    ({}, None),
    ({"retry-after": "0"}, 0.0),
    ({"retry-after": " 12 "}, 12.0),
    ({"retry-after": "999999"}, 3600.0),
    ({"retry-after": "Sat, 31 Jan 2026 12:00:30 GMT"}, 30.0),
    ({"retry-after": "Sat, 31 Jan 2026 11:00:00 GMT"}, 0.0),
    ({"retry-after": "Sun, 31 Jan 2027 12:00:00 GMT"}, 3600.0),
    ({"retry-after": "soon"}, None),
    ({"retry-after": "-3"}, None),
    ({"retry-after": "²"}, None),
]


@pytest.mark.parametrize(("headers", "seconds"), DELAYS)
def test_retry_after_is_understood_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOON) == seconds


@given(st.text(max_size=30) | st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,6} \d\d:\d\d:\d\d .{0,6}"))
def test_no_retry_after_can_make_us_wait_for_ever_or_fall_over(text: str) -> None:
    seconds = retry_after({"retry-after": text}, NOON)

    assert seconds is None or 0 <= seconds <= 3600


EXCERPTS = [
    (b"", ""),
    (b"  plain \n text ", "plain text"),
    (b'{"value":"A sentence."}', "A sentence."),
    (b'{"error":{"message":"OData says no"}}', "OData says no"),
    (b'{"error":"no"}', "no"),
    (b'{"Message":"Old ASP.NET"}', "Old ASP.NET"),
    (b'{"message":"lower"}', "lower"),
    (b'{"value":7}', ""),
    (b"[1]", ""),
    (b'"a string"', "a string"),
    (b"<html><style>p{}</style><script>x<1</script><h1>Bad &amp; <b>big</b></h1></html>", "Bad & big"),
    (b'"<html><h1>502</h1> Bad Gateway</html>"', "502 Bad Gateway"),
    ("çã".encode("latin-1"), "��"),
    (b"x" * 500, "x" * 199 + "…"),
]


@pytest.mark.parametrize(("body", "line"), EXCERPTS)
def test_what_an_answer_says_fits_one_line_for_a_person(body: bytes, line: str) -> None:
    assert excerpt(body) == line


@given(st.binary(max_size=60))
def test_an_excerpt_is_one_short_line_whatever_came(body: bytes) -> None:
    line = excerpt(body)

    assert len(line) <= 200
    assert line == " ".join(line.split())
