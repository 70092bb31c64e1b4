"""What is wrong with the catalogue, as far as data can tell; active products that are not deleted are judged."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

import msgspec

from ploomes_sync.domain.product import Kind

MAX_LIMIT = 500


class Check(StrEnum):
    """What may be wrong with a product.

    Two codes are one when they differ in case, accents and outer blanks only. NCM is the code of the tax on goods:
    services and rentals need none. A product that has not been updated has not changed in Ploomes for a year.
    """

    NO_CODE = "no_code"
    PRICE_ZERO = "price_zero"
    DUPLICATE_CODE = "duplicate_code"
    NO_CATEGORY = "no_category"
    NO_NCM = "no_ncm"
    NOT_UPDATED = "not_updated"


class QualityCheck(msgspec.Struct, frozen=True, kw_only=True):
    """How many products have this fault, and which share of all that were judged, 0 to 1."""

    key: Check
    count: int
    share: float


class QualityReport(msgspec.Struct, frozen=True, kw_only=True):
    """All checks, always in the same order; `products` is how many were judged."""

    checks: tuple[QualityCheck, ...]
    products: int


class QualityItem(msgspec.Struct, frozen=True, kw_only=True):
    """A product with a fault."""

    ploomes_product_id: str
    code: str | None
    name: str
    product_type: Kind
    category: str | None
    brand: str | None
    base_price: Decimal | None
    currency: str | None
    ncm_code: str | None
    source_updated_at: datetime | None


class QualityPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the products with a fault; `next` is None on the last."""

    items: list[QualityItem]
    next: str | None = None


class Place(NamedTuple):
    """Where a page ended: the folded code for duplicates, empty for the rest, and the row's number."""

    code: str
    product_id: int


START = Place("", 0)


def read_place(cursor: str | None) -> Place:
    """Read the `next` of a page; raises ValueError when it is none."""
    if cursor is None:
        return START
    try:
        place = msgspec.json.decode(cursor, type=Place)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        place = None
    if place is None or "\x00" in place.code or not 0 <= place.product_id < 1 << 63:
        raise ValueError("cursor must be the `next` of a page of the same list")
    return place


def check_limit(limit: int) -> None:
    """Raise ValueError when no page has so many rows."""
    if not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"limit must be between 1 and {MAX_LIMIT}")


def report(counts: dict[str, int], products: int) -> QualityReport:
    """Make the report of how many products have which fault."""
    checks = (
        QualityCheck(key=key, count=counts[key], share=round(counts[key] / products, 6) if products else 0.0)
        for key in Check
    )
    return QualityReport(checks=tuple(checks), products=products)
