"""The custom fields of a record: which label each value has, and which column it feeds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from ploomes_sync.domain.context import Context, Label, Target
from ploomes_sync.domain.targets import TARGETS
from ploomes_sync.domain.wire import OtherProperty

_NATIVE = {
    "String": "StringValue",
    "BigString": "BigStringValue",
    "Integer": "IntegerValue",
    "Decimal": "DecimalValue",
    "DateTime": "DateTimeValue",
    "Bool": "BoolValue",
}


class Field(NamedTuple):
    """The value of one custom field of a record; several choices make a list."""

    label: str
    folded: str
    value: object


@dataclass(frozen=True, slots=True)
class Columns:
    """What the fields say about the columns: the values, the fields they came from, and what is left over."""

    values: dict[str, object] = field(default_factory=dict)
    sources: dict[str, Field] = field(default_factory=dict)
    rest: dict[str, object] = field(default_factory=dict)

    def text(self, column: str) -> str | None:
        """Read the value of a text column."""
        value = self.values.get(column)
        return value if isinstance(value, str) else None

    def number(self, column: str) -> Decimal | None:
        """Read the value of a numeric column."""
        value = self.values.get(column)
        return value if isinstance(value, Decimal) else None

    def whole(self, column: str) -> int | None:
        """Read the value of an integer column."""
        value = self.values.get(column)
        return value if isinstance(value, int) else None

    def flag(self, column: str, *, default: bool) -> bool:
        """Read the value of a yes-or-no column."""
        value = self.values.get(column)
        return value if isinstance(value, bool) else default

    def tables(self) -> dict[str, dict[str, object]]:
        """Group the values of columns such as `supplier.name` by table."""
        tables: dict[str, dict[str, object]] = {}
        for column, value in self.values.items():
            if "." in column:
                table, _, name = column.partition(".")
                tables.setdefault(table, {})[name] = value
        return tables

    def keep(self, item: Field) -> None:
        """Leave a value over under its label, numbered where two fields of the account share one."""
        label, number = item.label, 2
        while label in self.rest:
            label, number = f"{item.label} ({number})", number + 1
        self.rest[label] = item.value

    def release(self, column: str) -> None:
        """Leave over what a column was to get."""
        self.values.pop(column)
        self.keep(self.sources.pop(column))


def read_fields(items: Iterable[OtherProperty], context: Context) -> list[Field]:
    """Bring items to labels, in an order that does not depend on theirs; blank values count as none."""
    by_key: dict[str, list[tuple[int, object]]] = {}
    for item in items:
        key = item.FieldKey
        if key:
            value = _value(item, context.labels.get(key))
            if value is not None:
                order = item.Id if isinstance(item.Id, int) else 0
                by_key.setdefault(key, []).append((order, value))
    return [_field(key, by_key[key], context.labels.get(key)) for key in sorted(by_key)]


def map_fields(fields: Iterable[Field], context: Context) -> Columns:
    """Fill the columns that labels feed; what feeds none, does not fit or loses digits is left over."""
    columns = Columns()
    targets = context.targets
    candidates: list[tuple[Target, Field]] = []
    for item in fields:
        target = targets.get(item.folded)
        if target is None:
            columns.keep(item)
        else:
            candidates.append((target, item))
    for target, item in sorted(candidates, key=_by_rank):
        column = target.column
        fit = TARGETS[column](item.value) if column not in columns.values else None
        if fit is None or fit.value is None:
            columns.keep(item)
            continue
        columns.values[column] = fit.value
        columns.sources[column] = item
        if not fit.exact:
            columns.keep(item)
    return columns


def _field(key: str, values: list[tuple[int, object]], label: Label | None) -> Field:
    text, folded = (label.text or key, label.folded) if label else (key, key.casefold())
    if len(values) == 1 and not (label and label.multiple):
        return Field(text, folded, values[0][1])
    return Field(text, folded, [value for _, value in sorted(values, key=_by_order)])


def _value(item: OtherProperty, label: Label | None) -> object:
    """Read the name of what the item refers to, else the value of the field's type, else any."""
    value = (
        item.ObjectValueName
        or item.UserValueName
        or item.ProductValueName
        or item.ContactValueName
        or item.AttachmentValueName
        or item.AttachmentItemValueName
    )
    if value is None and label is not None:
        value = _typed(item, label)
    if value is None:
        value = _first(item)
    if isinstance(value, str) and not value.strip():
        return None
    return value


def _typed(item: OtherProperty, label: Label) -> object:
    attribute = _NATIVE.get(label.native)
    value = getattr(item, attribute) if attribute else None
    return label.options.get(value, value) if isinstance(value, int) and label.options else value


def _first(item: OtherProperty) -> object:
    for value in (
        item.StringValue,
        item.BigStringValue,
        item.DecimalValue,
        item.IntegerValue,
        item.DateTimeValue,
        item.BoolValue,
    ):
        if value is not None:
            return value
    return None


def _by_rank(candidate: tuple[Target, Field]) -> int:
    return candidate[0].rank


def _by_order(value: tuple[int, object]) -> int:
    return value[0]
