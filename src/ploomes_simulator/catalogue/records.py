"""What the catalogue stores: products and their custom values, close to their wire form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from ploomes_simulator.catalogue.labels import CustomField

Fields = dict[str, object]


class Row(Protocol):
    """Anything whose values can be read by their wire name."""

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401 - a wire value may be of any type
        """Return the value of one field."""


class OtherProperty(msgspec.Struct, frozen=True, gc=False, rename="pascal"):
    """One custom value of a product; all keys are on the wire, the unused ones null."""

    id: int
    field_id: int
    field_key: str
    product_id: int
    string_value: str | None = None
    big_string_value: str | None = None
    integer_value: int | None = None
    decimal_value: float | None = None
    date_time_value: str | None = None
    bool_value: bool | None = None
    object_value_id: int | None = None
    object_value_name: str | None = None
    user_value_id: int | None = None
    user_value_name: str | None = None
    user_value_avatar_url: str | None = None
    product_value_id: int | None = None
    product_value_name: str | None = None
    attachment_value_id: int | None = None
    attachment_value_name: str | None = None
    contact_value_id: int | None = None
    contact_value_name: str | None = None
    contact_value_type_id: int | None = None
    contact_value_register: str | None = None
    currency_value_id: int | None = None
    attachment_item_value_id: int | None = None
    attachment_item_value_name: str | None = None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a wire value may be of any type
        return getattr(self, _ATTRIBUTES[name])

    def bare_value(self) -> object:
        """Return the one value that is set, as webhooks carry it."""
        for name in VALUE_NAMES:
            value: object = self[name]
            if value is not None:
                return value
        return None


_ATTRIBUTES = {field.encode_name: field.name for field in msgspec.structs.fields(OtherProperty)}
OTHER_PROPERTY_NAMES = tuple(_ATTRIBUTES)
VALUE_NAMES = (
    "StringValue",
    "BigStringValue",
    "IntegerValue",
    "DecimalValue",
    "DateTimeValue",
    "BoolValue",
)


@dataclass(frozen=True, slots=True)
class Product:
    """One product: its native fields, what can be expanded, and verbatim bytes for malformed ones."""

    id: int
    native: Fields
    others: tuple[OtherProperty, ...] = ()
    lists: tuple[Fields, ...] = ()
    parts: tuple[Fields, ...] = ()
    raw: bytes | None = None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a wire value may be of any type
        return self.native[name]


PRODUCT_NAMES = (
    "Id",
    "GroupId",
    "FamilyId",
    "Name",
    "Code",
    "MeasurementUnit",
    "ImageUrl",
    "CurrencyId",
    "UnitPrice",
    "CreateImportId",
    "UpdateImportId",
    "Editable",
    "Deletable",
    "Suspended",
    "CreatorId",
    "UpdaterId",
    "CreateDate",
    "LastUpdateDate",
    "ImportationIdCreate",
    "ImportationIdUpdate",
)


def make_native(values: Mapping[str, object]) -> Fields:
    """Return all native fields in wire order, null where nothing is given."""
    native: Fields = dict.fromkeys(PRODUCT_NAMES)
    native.update(Editable=True, Deletable=True, Suspended=False)
    native.update(values)
    return native


_VALUE_OF = {
    "String": "string_value",
    "BigString": "big_string_value",
    "Integer": "integer_value",
    "Decimal": "decimal_value",
    "DateTime": "date_time_value",
    "Bool": "bool_value",
}


def make_other(item_id: int, product_id: int, field: CustomField, value: object) -> OtherProperty:
    """Make one custom value; for option lists the value is the option's position."""
    head = (item_id, field.id, field.key, product_id)
    if field.label.options and isinstance(value, int):
        option = field.option_id(value)
        name = field.label.options[value]
        return OtherProperty(*head, integer_value=option, object_value_id=option, object_value_name=name)
    slot = (
        "integer_value" if _is_whole(value) and field.label.native == "String" else _VALUE_OF[field.label.native]
    )
    filled: dict[str, Any] = {slot: value}
    return OtherProperty(*head, **filled)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
