"""From the raw records of a page to products ready to be written, and to rejects for the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar

import msgspec

from ploomes_sync.domain.classify import Classification, classify
from ploomes_sync.domain.context import Context
from ploomes_sync.domain.fields import Columns, Field, map_fields, read_fields
from ploomes_sync.domain.fingerprint import fingerprint, raw_digest
from ploomes_sync.domain.page import Batch, Item, Reject, RejectReason
from ploomes_sync.domain.product import (
    Kind,
    Product,
    ProductId,
    RentalSpecification,
    ServiceSpecification,
    Supplier,
    Variant,
)
from ploomes_sync.domain.record import (
    Decoded,
    clean_json,
    decode_record,
    leading_id,
    reject,
)
from ploomes_sync.domain.targets import Fit, money, numeric, read_unit
from ploomes_sync.domain.wire import Part, WireProduct

DEFAULT_CURRENCY = "BRL"
DEFAULT_UNIT = "UN"
OMIE_SEGMENT = "omie"
SpecificationT = TypeVar("SpecificationT", ServiceSpecification, RentalSpecification)
_CURRENCY_LENGTH = 3
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SPECIFIED = {"service": Kind.SERVICE, "rental": Kind.RENTAL}
_quantity = numeric(15, 3)
_encode = msgspec.json.Encoder(order="deterministic", decimal_format="number").encode


class Reading(NamedTuple):
    """Everything found out about a record before it is laid out as a product."""

    product: WireProduct
    columns: Columns
    findings: Classification


class PageReader:
    """Turns the records of a page into a batch, as many at a time as the caller likes.

    `stored` holds the raw digests of the mirror by id: a record with the same one is not read.
    """

    def __init__(self, context: Context, stored: Mapping[int, bytes] | None = None) -> None:
        self._context = context
        self._stored = stored or {}
        self._items: dict[int, Item] = {}
        self._rejects: list[Reject] = []
        self._same: set[ProductId] = set()

    def read(self, records: Iterable[bytes]) -> None:
        """Read the next records of the page."""
        for raw in records:
            if self._stored and (product_id := _same(raw, self._context, self._stored)) is not None:
                self._same.add(product_id)
                continue
            answer = transform_record(raw, self._context)
            if isinstance(answer, Reject):
                self._rejects.append(answer)
            elif answer.id not in self._items or _age(answer) >= _age(self._items[answer.id]):
                self._items[answer.id] = answer

    def batch(self, requested_at: datetime) -> Batch:
        """Return one item for each id, its newest copy, ids rising; the rest are rejects."""
        known = {answer.product_id for answer in self._rejects if answer.product_id is not None}
        known.update(item.id for item in self._items.values())
        known.update(self._same)
        return Batch(
            items=tuple(self._items[key] for key in sorted(self._items)),
            rejects=tuple(self._rejects),
            ids=tuple(sorted(known)),
            requested_at=requested_at,
            same=tuple(sorted(self._same - self._items.keys())),
        )


def transform_records(
    records: Iterable[bytes], requested_at: datetime, context: Context, stored: Mapping[int, bytes] | None = None
) -> Batch:
    """Turn a page into a batch in one go."""
    reader = PageReader(context, stored)
    reader.read(records)
    return reader.batch(requested_at)


def _same(raw: bytes, context: Context, stored: Mapping[int, bytes]) -> ProductId | None:
    """Return the product that has been made from these very bytes by these very rules, if there is one."""
    product_id = leading_id(raw)
    if product_id is None or stored.get(product_id) != raw_digest(raw, context.reader):
        return None
    return product_id


def transform_record(raw: bytes, context: Context) -> Item | Reject:
    """Turn one record into an item or a reject; no record can make it fail."""
    decoded = decode_record(raw)
    if isinstance(decoded, Reject):
        return decoded
    try:
        product = to_product(decoded, context)
        row, _ = clean_json(_encode(product))
    except Exception as error:  # noqa: BLE001 - a record that we fail on must not stop its page
        return reject(decoded, RejectReason.UNREADABLE, f"cannot be transformed: {error!r}"[:500])
    return Item(
        id=decoded.id,
        product=product,
        row=row,
        payload=decoded.payload,
        fingerprint=fingerprint(row),
        raw_digest=raw_digest(raw, context.reader),
        updated_at=decoded.updated_at,
        cleaned=decoded.cleaned,
    )


def read_record(decoded: Decoded, context: Context) -> Reading:
    """Find out all about a record: its fields, the columns they feed, and what the product is."""
    wire = decoded.product
    fields = read_fields(wire.OtherProperties or (), context)
    columns = map_fields(fields, context)
    brand = columns.values.get("brand")
    labels = {field.folded for field in fields}
    findings = classify(wire, labels, brand if isinstance(brand, str) else None, context)
    _release_misfits(columns, findings)
    return Reading(wire, columns, findings)


def to_product(decoded: Decoded, context: Context) -> Product:
    """Lay out a record as the tables want it."""
    wire, columns, found = read_record(decoded, context)
    kind, tables, active = found.kind, columns.tables(), not wire.Suspended
    return Product(
        ploomes_product_id=str(decoded.id),
        name=wire.Name.strip(),
        code=_filled(str(wire.Code)) if wire.Code is not None else None,
        description=columns.text("description"),
        product_type=kind,
        category=found.category.value,
        subcategory=found.subcategory.value,
        brand=found.brand.value,
        segments=found.segment_names,
        group_name=found.group.name or None,
        family_name=found.family.name or None,
        base_price=_price(wire.UnitPrice),
        cost_price=columns.number("cost_price"),
        currency=_currency(wire, columns, context),
        weight=columns.number("weight"),
        dimensions=_dimensions(tables.get("dimensions")),
        ncm_code=columns.text("ncm_code"),
        cfop_code=columns.text("cfop_code"),
        stock_quantity=columns.whole("stock_quantity"),
        unit_of_measure=_unit(wire, columns),
        active=active,
        available_for_sale=columns.flag("available_for_sale", default=active),
        external_id=columns.text("external_id"),
        source_system="omie" if OMIE_SEGMENT in found.segment_names else "ploomes",
        created_by=_user_name(wire.CreatorId, context),
        image_url=_filled(wire.ImageUrl),
        source_created_at=decoded.created_at,
        source_updated_at=decoded.updated_at,
        tags=_tags(wire, context),
        custom_fields=columns.rest,
        service=_specify(ServiceSpecification, tables.get("service")) if kind is Kind.SERVICE else None,
        rental=_specify(RentalSpecification, tables.get("rental")) if kind is Kind.RENTAL else None,
        variants=_variants(wire, tables.get("variant")),
        suppliers=_suppliers(tables.get("supplier")),
    )


def _release_misfits(columns: Columns, findings: Classification) -> None:
    """Leave over what the product has no place for, so that no value of a field is lost."""
    kind = findings.kind
    for column in [column for column in columns.values if "." in column]:
        table = column[: column.index(".")]
        homeless = table == "supplier" and "supplier.name" not in columns.values
        if homeless or _SPECIFIED.get(table, kind) is not kind:
            columns.release(column)
    if "brand" in columns.values and columns.values["brand"] != findings.brand.value:
        columns.release("brand")


def _age(item: Item) -> datetime:
    return item.updated_at or _LONG_AGO


def _filled(text: str | None) -> str | None:
    return (text.strip() or None) if text else None


def _price(value: Decimal | int | None) -> Decimal | None:
    return _decimal(money(value))


def _decimal(fit: Fit | None) -> Decimal | None:
    return fit.value if fit and isinstance(fit.value, Decimal) else None


def _currency(wire: WireProduct, columns: Columns, context: Context) -> str:
    """Name the currency; an id that the account does not know is left over, lest the price be misread."""
    if wire.CurrencyId is None:
        return DEFAULT_CURRENCY
    code = context.lookups.currencies.get(wire.CurrencyId, "").strip().upper()
    if len(code) == _CURRENCY_LENGTH and code.isalpha():
        return code
    columns.keep(Field("CurrencyId", "currencyid", wire.CurrencyId))
    return DEFAULT_CURRENCY


def _unit(wire: WireProduct, columns: Columns) -> str:
    unit = columns.text("unit_of_measure")
    if unit:
        return unit
    if not wire.MeasurementUnit or not wire.MeasurementUnit.strip():
        return DEFAULT_UNIT
    fit = read_unit(wire.MeasurementUnit)
    if fit is None:
        columns.keep(Field("MeasurementUnit", "measurementunit", wire.MeasurementUnit))
    return str(fit.value) if fit else DEFAULT_UNIT


def _dimensions(values: dict[str, object] | None) -> dict[str, str] | None:
    return {key: str(value) for key, value in values.items()} if values else None


def _specify(kind: type[SpecificationT], values: dict[str, object] | None) -> SpecificationT:
    return msgspec.convert(values or {}, kind)


def _user_name(user_id: int | None, context: Context) -> str | None:
    user = context.lookups.users.get(user_id) if user_id is not None else None
    return user.name if user else None


def _tags(wire: WireProduct, context: Context) -> tuple[str, ...]:
    ids = {entry.ListId for entry in wire.Lists or () if entry.ListId is not None}
    return tuple(sorted({context.lookups.lists.get(key, f"list:{key}") for key in ids}))


def _suppliers(values: dict[str, object] | None) -> tuple[Supplier, ...]:
    return (msgspec.convert(values, Supplier),) if values else ()


def _variants(wire: WireProduct, own: dict[str, object] | None) -> tuple[Variant, ...]:
    variants = [msgspec.convert({**own, "key": "attribute", "kind": "attribute"}, Variant)] if own else []
    parts = {part.key: part for part in map(_part, wire.Parts or ())}
    return (*variants, *(parts[key] for key in sorted(parts)))


def _part(part: Part) -> Variant:
    return Variant(
        key=f"part:{part.Id or part.ProductPartId or part.GroupPartId or part.ListPartId or part.Name}",
        kind="part",
        price=_price(part.DefaultUnitPrice),
        part_product_id=str(part.ProductPartId) if part.ProductPartId is not None else None,
        quantity=_decimal(_quantity(part.DefaultQuantity)),
        required=part.Required,
    )
