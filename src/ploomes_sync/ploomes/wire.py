"""An answer of Ploomes becomes records, or the error that says what to do next (pure).

A 200 is not believed: it must be the JSON envelope with a list in `value`. Errors come as JSON with a text
in `value`, as an OData error, as a bare string, as HTML or empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from http import HTTPStatus
from itertools import pairwise

import msgspec

from ploomes_sync.domain.record import guess_id
from ploomes_sync.errors import (
    CredentialsError,
    ForbiddenError,
    RateLimitedError,
    RequestError,
    SourceDownError,
    SourceGarbledError,
    SyncError,
)

# A text without an end reaches to the end of the body: what looks like brackets in it are none.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"?|[{}\[\]]', re.DOTALL)
_VALUE = re.compile(rb'"value"\s*:\s*\[')
_COUNT = re.compile(rb'"@odata\.count"\s*:\s*(\d+)')
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_TRANSIENT_STATUS = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


class Envelope(msgspec.Struct):
    """The frame of every good answer."""

    value: list[msgspec.Raw]
    count: int | None = msgspec.field(name="@odata.count", default=None)
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a good answer holds: raw records, how many match in all, and where more are, if the server tells."""

    records: tuple[bytes, ...]
    count: int | None = None
    next_link: str | None = None


_envelope = msgspec.json.Decoder(Envelope)


def decode_envelope(body: bytes) -> Frame:
    """Split an answer into raw records.

    Raises SourceGarbledError when the body is no page at all: not JSON, cut, or of another shape.
    """
    try:
        envelope = _envelope.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _split_by_brackets(body)
    return Frame(tuple(bytes(raw) for raw in envelope.value), envelope.count, envelope.next_link)


def _split_by_brackets(body: bytes) -> Frame:
    """Split a page that strict JSON refuses (lone surrogate, NaN, absurd depth): one record fails alone."""
    start = _VALUE.search(body)
    if start is None:
        raise SourceGarbledError(f"Ploomes answered 200 with something that is no page: {excerpt(body)}")
    records: list[bytes] = []
    depth, begin = 0, 0
    for token in _TOKEN.finditer(body, start.end()):
        match token.group()[:1]:
            case b"{" | b"[":
                if depth == 0:
                    begin = token.start()
                depth += 1
            case b"}" | b"]":
                depth -= 1
                if depth == 0:
                    records.append(body[begin : token.end()])
                elif depth < 0:
                    return _whole(records, body, token.end())
            case _:
                pass
    raise SourceGarbledError(f"Ploomes' answer was cut short after {len(body)} bytes.")


def _whole(records: list[bytes], body: bytes, end: int) -> Frame:
    """Return the records if the frame closes behind the list, too."""
    if not body[end:].rstrip().endswith(b"}"):
        raise SourceGarbledError(f"Ploomes' answer was cut short after {len(body)} bytes.")
    count = _COUNT.search(body, 0, len(body))
    return Frame(tuple(records), int(count[1]) if count else None)


def ids_of(records: tuple[bytes, ...]) -> list[int]:
    """Return the ids that can be read, also those of records that cannot, in the order of the page."""
    return [product_id for record in records if (product_id := guess_id(record)) is not None]


def check_order(ids: Sequence[int], after: int, upto: int | None) -> None:
    """Raise SourceGarbledError unless the page is in the order of Id and within the asked range.

    A cursor that is built on any other page could skip rows.
    """
    if any(later <= earlier for earlier, later in pairwise(ids)):
        raise SourceGarbledError("Ploomes did not send the page in the order of Id.")
    if ids and (ids[0] <= after or (upto is not None and ids[-1] > upto)):
        raise SourceGarbledError("Ploomes sent products outside the asked range of Id.")


def check_whole(records: Sequence[bytes], ids: Sequence[int], count: int | None, skip: int) -> None:
    """Raise SourceGarbledError for a page that a walk cannot go on from, or that the count contradicts.

    Objects without a readable Id may be all that is left, if the count says so; anything else is no page.
    """
    if not records and count is not None and count > skip:
        raise SourceGarbledError(f"Ploomes counts {count} products and sends an empty page.")
    last = count == skip + len(records) and all(record.lstrip().startswith(b"{") for record in records)
    if records and not ids and not last:
        raise SourceGarbledError("Ploomes sent a page without a single readable Id.")


def error_for(status: int, headers: Mapping[str, str], body: bytes, target: str, now: datetime) -> SyncError:
    """Return the error that a non-200 answer means; `target` is the path and query asked for."""
    said = excerpt(body)
    suffix = f": {said}" if said else ""
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return CredentialsError("Ploomes refused the key (401). Check PLOOME_API_KEY.")
        case HTTPStatus.FORBIDDEN:
            return ForbiddenError(
                f"Ploomes refused the query (403{suffix}): a field that does not exist or a permission that the "
                f"key's user lacks. The query was {target}"
            )
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimitedError(f"Ploomes asks to slow down (429{suffix}).", retry_after(headers, now))
        case _ if status in _TRANSIENT_STATUS or status > HTTPStatus.GATEWAY_TIMEOUT:
            return SourceDownError(f"Ploomes answered {status}{suffix}.", retry_after(headers, now))
        case _:
            return RequestError(f"Ploomes answered {status}{suffix}. The query was {target}", status)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that `Retry-After` asks for, in either form; None when absent."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), 3600.0)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (aware - now).total_seconds()), 3600.0)


def excerpt(body: bytes) -> str:
    """Return what an answer says to a person, as one short line without markup."""
    text = _message(body)
    if "<" in text:
        text = unescape(_TAG.sub(" ", text))
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:199]}…"  # noqa: PLR2004 - fits a log line


def _message(body: bytes) -> str:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body[:2000].decode("utf-8", "replace")
    if isinstance(document, str):
        return document
    if not isinstance(document, dict):
        return ""
    error = document.get("error")
    candidates = [document.get("value"), error.get("message") if isinstance(error, dict) else error]
    candidates += [document.get("Message"), document.get("message")]
    return next((text for text in candidates if isinstance(text, str)), "")
