"""A product as Ploomes words it: from raw bytes to checked values, or to a reject that says what is wrong.

Wire names stop at `transform`; what a value means for the tables does not belong here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec

from ploomes_sync.domain.page import Reject, RejectReason
from ploomes_sync.domain.product import ProductId
from ploomes_sync.domain.wire import MAX_BIGINT, MAX_DEPTH, WireProduct, exact_number, read_known

MAX_BYTES = 1 << 20
MAX_PRICE = Decimal("9999999999999.99")
_LOCAL = timezone(timedelta(hours=-3))
_ESCAPE = re.compile(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}|u([0-9a-fA-F]{4})|.)", re.DOTALL
)
_REFUSED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_FIRST_ID = re.compile(rb'\s*\{\s*"Id"\s*:\s*([1-9][0-9]{0,18})\s*[,}]')
_INVALID = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_EXPECTED = re.compile(r"Expected `(?P<expected>[^`]*)`, got `(?P<got>[^`]*)`")
_SURROGATES = (b"d8", b"d9", b"da", b"db", b"dc", b"dd", b"de", b"df")
_TYPE_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A record whose id, name, types, numbers and dates are sound.

    `payload` is what is to be kept of it.
    """

    id: ProductId
    product: WireProduct
    payload: bytes
    created_at: datetime | None
    updated_at: datetime | None
    cleaned: bool = False


class _Fault(Exception):  # noqa: N818 - it never leaves this module; it becomes a Reject
    def __init__(self, reason: RejectReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def decode_record(raw: bytes) -> Decoded | Reject:
    """Read one record, cleaned of what PostgreSQL refuses; any bytes give an answer, never an exception."""
    product_id: ProductId | None = None
    payload, cleaned = raw, False
    try:
        payload, cleaned = clean_json(_weigh(raw))
        product = read_known(payload)
        if product is None:
            tree = _parse(payload)
            product_id = _read_id(tree)
            product = _check(tree)
        product_id = ProductId(product.Id)
        _check_price(product.UnitPrice)
        return Decoded(
            id=product_id,
            product=product,
            payload=payload,
            created_at=_read_date("CreateDate", product.CreateDate),
            updated_at=_read_date("LastUpdateDate", product.LastUpdateDate),
            cleaned=cleaned,
        )
    except _Fault as fault:
        known = product_id or guess_id(payload)
        return Reject(known, fault.reason, fault.detail, storable_text(raw))


def _weigh(raw: bytes) -> bytes:
    if len(raw) > MAX_BYTES:
        raise _Fault(RejectReason.TOO_LARGE, f"{len(raw)} bytes, more than {MAX_BYTES}")
    return raw


def reject(decoded: Decoded, reason: RejectReason, detail: str) -> Reject:
    """Refuse a record that could be read."""
    return Reject(decoded.id, reason, detail, storable_text(decoded.payload))


def storable_text(raw: bytes) -> str:
    """Make of any bytes a text that PostgreSQL can keep, of at most 1 MiB."""
    text = raw[:MAX_BYTES].decode("utf-8", "replace").replace("\x00", "�")
    return text.encode()[:MAX_BYTES].decode("utf-8", "ignore")


def clean_json(raw: bytes) -> tuple[bytes, bool]:
    """Drop NUL escapes and replace lone surrogates and bytes that are no UTF-8; tell whether anything was."""
    cleaned = raw
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError:
            cleaned = raw.decode("utf-8", "replace").encode()
    if _REFUSED.search(cleaned):
        cleaned = _ESCAPE.sub(_clean_escape, cleaned)
    return cleaned, cleaned != raw


def _clean_escape(match: re.Match[bytes]) -> bytes:
    code = match[2]
    if code is None:
        return match[0]
    if code == b"0000":
        return b""
    return b"\\ufffd" if code[:2].lower() in _SURROGATES else match[0]


_decode_tree = msgspec.json.Decoder(float_hook=exact_number).decode


def _parse(payload: bytes) -> dict[str, object]:
    try:
        tree = _decode_tree(payload)
    except RecursionError:
        raise _Fault(RejectReason.TOO_DEEP, f"nested deeper than {MAX_DEPTH} levels") from None
    except (OverflowError, ArithmeticError) as error:
        raise _Fault(RejectReason.NUMBER_OVERFLOW, f"no sane number: {error}") from None
    except msgspec.ValidationError as error:
        raise _Fault(RejectReason.NUMBER_OVERFLOW, str(error)) from None
    except (msgspec.DecodeError, ValueError) as error:
        raise _Fault(RejectReason.UNREADABLE, f"not JSON: {error}") from None
    if not isinstance(tree, dict):
        raise _Fault(RejectReason.BAD_TYPE, "the record: expected an object")
    if payload.count(b"{") + payload.count(b"[") > MAX_DEPTH and _depth(tree) > MAX_DEPTH:
        raise _Fault(RejectReason.TOO_DEEP, f"nested deeper than {MAX_DEPTH} levels")
    return tree


def _depth(tree: object) -> int:
    """Count levels breadth first, so that depth costs no stack."""
    depth = 0
    level: list[object] = [tree]
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, (dict, list))
        ]
    return depth


def _read_id(tree: dict[str, object]) -> ProductId:
    match tree.get("Id"):
        case None:
            raise _Fault(RejectReason.NO_ID, "the record has no Id")
        case bool() as value:
            raise _Fault(RejectReason.BAD_ID, f"Id {value} is no whole number")
        case int(value) if 0 < value <= MAX_BIGINT:
            return ProductId(value)
        case int(value):
            raise _Fault(RejectReason.BAD_ID, f"Id {str(value)[:40]} is not between 1 and {MAX_BIGINT}")
        case value:
            raise _Fault(RejectReason.BAD_ID, f"Id {str(value)[:40]!r} is no whole number")


def _check(tree: dict[str, object]) -> WireProduct:
    name = tree.get("Name")
    if not isinstance(name, str) or not name.strip():
        raise _Fault(RejectReason.NO_NAME, "Name is missing, blank or no text")
    try:
        return msgspec.convert(tree, WireProduct, builtin_types=(Decimal,))
    except msgspec.ValidationError as error:
        raise _Fault(RejectReason.BAD_TYPE, explain_invalid(str(error))) from None


def _check_price(price: Decimal | int | None) -> None:
    if price is not None and not -MAX_PRICE <= price <= MAX_PRICE:
        raise _Fault(RejectReason.NUMBER_OVERFLOW, f"UnitPrice: {price} is too large for a price")


def explain_invalid(message: str) -> str:
    """Put msgspec's finding into words: `UnitPrice: expected a number, got text`."""
    found = _INVALID.match(message)
    what, path = (found["what"], found["path"]) if found else (message, None)
    where = (path or "").removeprefix("$").removeprefix(".") or "the record"
    types = _EXPECTED.fullmatch(what)
    if types is None:
        return f"{where}: {what}"
    names = [_TYPE_WORDS.get(name, name) for name in types["expected"].split(" | ") if name != "null"]
    wanted = " or ".join(
        dict.fromkeys(name for name in names if name != "a whole number" or "a number" not in names)
    )
    return f"{where}: expected {wanted}, got {_TYPE_WORDS.get(types['got'], types['got'])}"


def _read_date(key: str, text: str | None) -> datetime | None:
    """Read a date as UTC; one without an offset is meant in local time, as all dates of Ploomes are."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=_LOCAL)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Fault(RejectReason.BAD_DATE, f"{key}: {text[:40]!r} is no date") from None


def leading_id(raw: bytes) -> ProductId | None:
    """Return the id if the record begins with it, as those of Ploomes do."""
    found = _FIRST_ID.match(raw)
    return ProductId(int(found[1])) if found else None


class _OnlyId(msgspec.Struct):
    Id: int


_decode_id = msgspec.json.Decoder(_OnlyId).decode


def guess_id(payload: bytes) -> ProductId | None:
    """Find the id of a record that could not be read, so that its product is not thought deleted."""
    value: int
    try:
        value = _decode_id(payload).Id
    except (msgspec.DecodeError, ValueError, RecursionError):
        found = _FIRST_ID.match(payload)
        value = int(found[1]) if found else 0
    return ProductId(value) if 0 < value <= MAX_BIGINT else None
