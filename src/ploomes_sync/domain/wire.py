"""A product by its wire names, and the short way to read one that holds nothing but what is known.

Wire names stop at `transform`; what is wrong with a record, `record` says.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

MAX_DEPTH = 64
MAX_BIGINT = (1 << 63) - 1
_MAX_DIGITS = 1000
_PRICES = (int, Decimal, type(None))


class OtherProperty(msgspec.Struct, frozen=True, gc=False):
    """One value of a custom field; which of the keys holds it depends on the field, so any type is let in."""

    Id: object = None
    FieldKey: str | None = None
    StringValue: object = None
    BigStringValue: object = None
    IntegerValue: object = None
    DecimalValue: object = None
    DateTimeValue: object = None
    BoolValue: object = None
    ObjectValueName: object = None
    UserValueName: object = None
    ProductValueName: object = None
    ContactValueName: object = None
    AttachmentValueName: object = None
    AttachmentItemValueName: object = None


class Part(msgspec.Struct, frozen=True, gc=False):
    """A part of a kit."""

    Id: int | None = None
    Name: str | None = None
    GroupId: int | None = None
    ProductPartId: int | None = None
    GroupPartId: int | None = None
    ListPartId: int | None = None
    DefaultQuantity: int | Decimal | None = None
    DefaultUnitPrice: int | Decimal | None = None
    Required: bool | None = None


class ListMembership(msgspec.Struct, frozen=True, gc=False):
    """The product's place on one list (a tag)."""

    ListId: int | None = None


class Named(msgspec.Struct, frozen=True, gc=False):
    """An expanded group, family or user; only its name is of use."""

    Name: str | None = None


class WireProduct(msgspec.Struct, frozen=True):
    """A product by its wire names; keys that are not named here stay in the payload only."""

    Id: int
    Name: str
    Code: str | int | None = None
    GroupId: int | None = None
    FamilyId: int | None = None
    MeasurementUnit: str | None = None
    ImageUrl: str | None = None
    CurrencyId: int | None = None
    UnitPrice: int | Decimal | None = None
    Suspended: bool | None = None
    CreatorId: int | None = None
    CreateDate: str | None = None
    LastUpdateDate: str | None = None
    Group: Named | None = None
    Family: Named | None = None
    OtherProperties: tuple[OtherProperty, ...] | None = None
    Lists: tuple[ListMembership, ...] | None = None
    Parts: tuple[Part, ...] | None = None


class _KnownProperty(OtherProperty, frozen=True, gc=False, forbid_unknown_fields=True):
    FieldId: object = None
    ProductId: object = None
    ObjectValueId: object = None
    UserValueId: object = None
    UserValueAvatarUrl: object = None
    ProductValueId: object = None
    AttachmentValueId: object = None
    AttachmentItemValueId: object = None
    ContactValueId: object = None
    ContactValueTypeId: object = None
    ContactValueRegister: object = None
    CurrencyValueId: object = None


class _KnownMembership(ListMembership, frozen=True, gc=False, forbid_unknown_fields=True):
    Id: object = None
    ProductId: object = None


class _KnownProduct(WireProduct, frozen=True, forbid_unknown_fields=True):
    """All keys of a product without parts, none of which hides a value that nobody has looked at.

    The price is of any type, since a `Decimal` would be read from a text, too.
    """

    UnitPrice: Any = None
    OtherProperties: tuple[_KnownProperty, ...] | None = None
    Lists: tuple[_KnownMembership, ...] | None = None
    Parts: tuple[()] | None = None
    Editable: object = None
    Deletable: object = None
    UpdaterId: object = None
    CreateImportId: object = None
    UpdateImportId: object = None
    ImportationIdCreate: object = None
    ImportationIdUpdate: object = None


def exact_number(text: str) -> int | Decimal:
    """Read a JSON number so that equal numbers are equal values: `0.0` is 0, `149.90` is 149.9."""
    number = Decimal(text)
    if number and abs(number.adjusted()) > _MAX_DIGITS:
        raise OverflowError(text[:40])
    whole = int(number)
    return whole if number == whole else number.normalize()


_decode = msgspec.json.Decoder(_KnownProduct, float_hook=exact_number).decode


def read_known(payload: bytes) -> WireProduct | None:
    """Read a sound record of known keys; None for any other, which has to be looked at piece by piece.

    It takes a third of the time: most records are of this kind.
    """
    try:
        product = _decode(payload)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return None
    sound = 0 < product.Id <= MAX_BIGINT and product.Name.strip() and type(product.UnitPrice) in _PRICES
    return product if sound and payload.count(b"{") + payload.count(b"[") <= MAX_DEPTH else None
