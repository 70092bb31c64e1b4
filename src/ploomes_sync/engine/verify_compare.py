"""Holds a record of the source against what the mirror made of it (pure).

Nothing of the sync's own reading is used: a mistake there must show here. What a text means (HTML, Brazilian
numbers) is the only thing the two share.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, TypeGuard

from ploomes_sync.domain.text import fold, parse_number, plain_text

Record = Mapping[str, Any]
_VOLATILE = frozenset({"Editable", "Deletable", "UserValueAvatarUrl"})
_UNORDERED = frozenset({"OtherProperties", "Lists", "Parts"})
_LOCAL = timezone(timedelta(hours=-3))
_HALF_CENT = Decimal("0.005")
_SHOWN = 200
_REFERENCES = ("Object", "User", "Product", "Contact", "Attachment", "AttachmentItem")
_VALUES = ("String", "BigString", "Decimal", "Integer", "DateTime", "Bool")


@dataclass(frozen=True, slots=True)
class Names:
    """The small tables of the account, as the verification itself has read them."""

    groups: Mapping[int, Record] = field(default_factory=dict)
    families: Mapping[int, str] = field(default_factory=dict)
    currencies: Mapping[int, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One field on which the two sides disagree, each side as text."""

    field: str
    source: str
    mirror: str


def compare(record: Record, row: Record, names: Names) -> list[Mismatch]:
    """Return all fields in which a stored product differs from its record; empty when the two are equal."""
    source = _cleaned(dict(record))
    found = [*_native(source, row), *_looked_up(source, row, names), *_payload(source, row)]
    return found or _fields(source, row, names)


def compare_dates(record: Record, row: Record) -> list[Mismatch]:
    """Compare only how fresh the two are."""
    return _when("source_updated_at", record.get("LastUpdateDate"), row["source_updated_at"])


def instant(text: object) -> datetime | None:
    """Read a date of Ploomes; one without an offset is local time there. None when there is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment and (moment if moment.tzinfo else moment.replace(tzinfo=_LOCAL)).astimezone(UTC)


def _native(source: Record, row: Record) -> Iterable[Mismatch]:
    code = source.get("Code")
    yield from _same("name", str(source.get("Name") or "").strip(), row["name"])
    yield from _same("code", None if code is None else str(code).strip() or None, row["code"])
    yield from _same("image_url", str(source.get("ImageUrl") or "").strip() or None, row["image_url"])
    yield from _same("active", not source.get("Suspended"), row["active"])
    price, stored = source.get("UnitPrice"), row["base_price"]
    if (price is None) is not (stored is None) or (
        price is not None and stored is not None and abs(Decimal(price) - stored) > _HALF_CENT
    ):
        yield _mismatch("base_price", price, stored)
    yield from _when("source_created_at", source.get("CreateDate"), row["source_created_at"])
    yield from _when("source_updated_at", source.get("LastUpdateDate"), row["source_updated_at"])


def _looked_up(source: Record, row: Record, names: Names) -> Iterable[Mismatch]:
    group = names.groups.get(source.get("GroupId") or 0, {})
    family_id = source.get("FamilyId") or group.get("FamilyId") or 0
    yield from _same("group_name", _cleaned(group.get("Name")) or None, row["group_name"])
    yield from _same("family_name", _cleaned(names.families.get(family_id)) or None, row["family_name"])
    currency = names.currencies.get(source.get("CurrencyId") or 0, "").strip().upper()
    if len(currency) == 3:  # noqa: PLR2004 - ISO 4217
        yield from _same("currency", currency, row["currency"])
    unit = str(source.get("MeasurementUnit") or "").strip()
    if unit and unit.upper() != row["unit_of_measure"]:
        own = {_word(value) for item in _items(source) for value in _values(item)}
        kept = json.loads(row["custom_fields"] or "{}").values()
        if _word(row["unit_of_measure"]) not in own and unit not in (str(value).strip() for value in kept):
            yield _mismatch("unit_of_measure", unit, row["unit_of_measure"])


def _payload(source: Record, row: Record) -> Iterable[Mismatch]:
    """Compare the whole record with the stored one, key by key."""
    stored = _settled(json.loads(row["payload"], parse_float=Decimal, parse_int=int))
    wanted = _settled(source)
    for key in sorted(wanted.keys() | stored.keys()):
        if wanted.get(key) != stored.get(key):
            yield _mismatch(f"payload.{key}", wanted.get(key), stored.get(key))


def _fields(source: Record, row: Record, names: Names) -> list[Mismatch]:
    """Look for the value of each custom field under its label or in a column."""
    kept = json.loads(row["custom_fields"] or "{}", parse_float=Decimal)
    columns = _leaves(json.loads(row["columns"], parse_float=Decimal))
    words = {_word(value) for value in columns}
    # A code such as NCM keeps its leading zeros in its column, and has lost them in a field of numbers.
    numbers = {Decimal(str(value)) for value in columns if _is_number(value)}
    numbers.update(Decimal(word) for word in words if word.isdecimal())
    missing = []
    for item in _items(source):
        label = _cleaned(names.labels.get(item.get("FieldKey") or "", item.get("FieldKey") or ""))
        values = [value for value in _values(item) if _word(value)]
        own = {
            _word(value) for name, value in kept.items() if name.startswith(label.strip()) for value in _all(value)
        }
        if values and not any(_word(value) in own or _fits(value, words, numbers) for value in values):
            missing.append(_mismatch(f"custom_fields.{label}", values[0], kept.get(label)))
    return missing


def _fits(value: object, words: set[str], numbers: set[Decimal]) -> bool:
    """Tell whether a column holds the value, be it as text, as a number or as a yes or no."""
    if _word(value) in words:
        return True
    number = parse_number(value) if isinstance(value, str) else value
    if not _is_number(number):
        return False
    return any(abs(number - other) <= _HALF_CENT for other in numbers)


def _is_number(value: object) -> TypeGuard[int | Decimal]:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _word(value: object) -> str:
    """Bring a value to what is left of it in every column: letters and digits."""
    if isinstance(value, bool):
        return "sim" if value else "nao"
    if isinstance(value, Decimal):
        value = value.normalize()
        return f"{value:f}".replace(".", "")
    return "".join(sign for sign in fold(plain_text(str(value))) if sign.isalnum())


def _values(item: Record) -> list[object]:
    """Return what a custom field may be shown as: the name it refers to, or any value it holds."""
    keys = [f"{name}ValueName" for name in _REFERENCES] + [f"{name}Value" for name in _VALUES]
    return [value for key in keys if (value := item.get(key)) is not None]


def _items(source: Record) -> Sequence[Record]:
    return source.get("OtherProperties") or ()


def _all(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        texts = [", ".join(str(part) for part in value)] if all(isinstance(p, str) for p in value) else []
        return [*texts, *(leaf for inner in value for leaf in _leaves(inner))]
    return [] if value is None else [value]


def _settled(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Take away what does not count: nulls, the caller's permissions, the order of children."""
    if isinstance(value, dict):
        return {
            key: sorted(map(_settled, inner), key=_text) if key in _UNORDERED and inner else _settled(inner)
            for key, inner in value.items()
            if inner is not None and key not in _VOLATILE
        }
    return [_settled(inner) for inner in value] if isinstance(value, list) else value


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Take away what PostgreSQL keeps in no text: NUL, and halves of surrogate pairs."""
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    if not isinstance(value, str) or (value.isascii() and "\x00" not in value):
        return value
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "")


def _when(name: str, text: object, stored: datetime | None) -> list[Mismatch]:
    wanted = instant(text)
    return [] if wanted == stored else [_mismatch(name, text, stored)]


def _same(name: str, wanted: object, stored: object) -> list[Mismatch]:
    return [] if wanted == stored else [_mismatch(name, wanted, stored)]


def _mismatch(name: str, wanted: object, stored: object) -> Mismatch:
    return Mismatch(name, _text(wanted)[:_SHOWN], _text(stored)[:_SHOWN])


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
