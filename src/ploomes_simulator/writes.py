"""What POST and PATCH bodies do to a product; a wrong body is a sentence for a 400."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ploomes_simulator.catalogue.labels import CustomField
from ploomes_simulator.catalogue.oddities import LONGEST_NAME
from ploomes_simulator.catalogue.records import (
    OTHER_PROPERTY_NAMES,
    PRODUCT_NAMES,
    VALUE_NAMES,
    Fields,
    OtherProperty,
    Product,
    make_native,
)
from ploomes_simulator.odata.syntax import Kind
from ploomes_simulator.schema import kind_of
from ploomes_simulator.world import World

_COMPUTED = frozenset({"Id", "Editable", "Deletable", "CreateDate", "LastUpdateDate", "CreatorId", "UpdaterId"})
_TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.NUMBER: (int, float),
    Kind.FLAG: (bool,),
    Kind.DATE: (str,),
}


class BodyError(ValueError):
    """The body of a write cannot be accepted: 400."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who writes and when, and where new item ids come from."""

    user: int
    date: str
    next_id: Callable[[], int]
    replace_others: bool = False


def create(world: World, product_id: int, body: Mapping[str, object], stamp: Stamp) -> Product:
    """Make a product from a POST body."""
    if not isinstance(body.get("Name"), str) or not str(body["Name"]).strip():
        raise BodyError("O campo Nome é obrigatório.")
    native = make_native({"Id": product_id, "CurrencyId": 1, "UnitPrice": 0})
    native.update(_native_changes(body))
    native.update(CreatorId=stamp.user, CreateDate=stamp.date, LastUpdateDate=stamp.date)
    product = Product(product_id, native)
    return replace(product, others=_others(world, product, body, stamp), lists=_lists(product, body, stamp))


def change(world: World, product: Product, body: Mapping[str, object], stamp: Stamp) -> Product:
    """Change a product by a PATCH body; the date of change is the caller's affair."""
    native = {**product.native, **_native_changes(body), "UpdaterId": stamp.user}
    return replace(
        product,
        native=native,
        others=_others(world, product, body, stamp),
        lists=_lists(product, body, stamp),
        raw=None,
    )


def only_custom(body: Mapping[str, object]) -> bool:
    """Tell whether a body touches custom fields and nothing else."""
    return set(body) == {"OtherProperties"}


def _native_changes(body: Mapping[str, object]) -> Fields:
    changes: Fields = {}
    for name, value in body.items():
        if name in ("OtherProperties", "Lists"):
            continue
        if name not in PRODUCT_NAMES:
            raise BodyError(f"The property '{name}' does not exist on type 'Product'.")
        if name in _COMPUTED:
            continue
        _check_type(name, value)
        changes[name] = value
    if len(str(changes.get("Name", ""))) > LONGEST_NAME:
        raise BodyError(f"O campo Nome deve ter no máximo {LONGEST_NAME} caracteres.")
    return changes


def _check_type(name: str, value: object) -> None:
    kind = kind_of(name)
    flag_for_number = isinstance(value, bool) and kind is not Kind.FLAG
    if value is not None and (flag_for_number or not isinstance(value, _TYPES[kind])):
        raise BodyError(f"Cannot convert the value of '{name}' to {kind}.")


def _rows(body: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]] | None:
    if name not in body:
        return None
    rows = body[name]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BodyError(f"'{name}' must be a list of objects.")
    return rows


def _others(world: World, product: Product, body: Mapping[str, object], stamp: Stamp) -> tuple[OtherProperty, ...]:
    """Merge custom values by field, or replace them all, as the settings say."""
    rows = _rows(body, "OtherProperties")
    if rows is None:
        return product.others
    fields = [_field(world, row) for row in rows]
    touched = {field.id for field in fields}
    kept = [item for item in product.others if not stamp.replace_others and item.field_id not in touched]
    for field, row in zip(fields, rows, strict=True):
        values = {name: row[name] for name in VALUE_NAMES if row.get(name) is not None}
        if values:
            kept.append(_other(product.id, field, values, stamp))
    return tuple(kept)


def _field(world: World, row: Mapping[str, object]) -> CustomField:
    key, field_id = row.get("FieldKey"), row.get("FieldId")
    found = next((field for field in world.fields.values() if field.key == key or field.id == field_id), None)
    if found is None:
        raise BodyError(f"Campo personalizado inexistente: {key or field_id}.")
    strange = set(row) - set(OTHER_PROPERTY_NAMES)
    if strange:
        raise BodyError(f"The property '{min(strange)}' does not exist on type 'OtherProperty'.")
    return found


def _other(product_id: int, field: CustomField, values: Fields, stamp: Stamp) -> OtherProperty:
    attributes = {name: values.get(name) for name in VALUE_NAMES}
    option = attributes["IntegerValue"]
    label = None
    if field.label.options and isinstance(option, int):
        position = option - field.first_option
        if not 0 <= position < len(field.label.options):
            raise BodyError(f"Opção inexistente: {option}.")
        label = field.label.options[position]
    text, long_text, decimal = (attributes[n] for n in ("StringValue", "BigStringValue", "DecimalValue"))
    moment, flag = attributes["DateTimeValue"], attributes["BoolValue"]
    return OtherProperty(
        stamp.next_id(),
        field.id,
        field.key,
        product_id,
        string_value=text if isinstance(text, str) else None,
        big_string_value=long_text if isinstance(long_text, str) else None,
        integer_value=option if isinstance(option, int) else None,
        decimal_value=decimal if isinstance(decimal, int | float) else None,
        date_time_value=moment if isinstance(moment, str) else None,
        bool_value=flag if isinstance(flag, bool) else None,
        object_value_id=option if label is not None and isinstance(option, int) else None,
        object_value_name=label,
    )


def _lists(product: Product, body: Mapping[str, object], stamp: Stamp) -> tuple[Fields, ...]:
    rows = _rows(body, "Lists")
    if rows is None:
        return product.lists
    return tuple({"Id": stamp.next_id(), "ListId": row.get("ListId"), "ProductId": product.id} for row in rows)
