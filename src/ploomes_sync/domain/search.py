"""What a search of the catalogue asks for and what it finds; how it is found does not belong here."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from ploomes_sync.domain.product import Kind

MAX_LIMIT = 500


class Sort(StrEnum):
    """The order of what is found; without words `relevance` means by name."""

    RELEVANCE = "relevance"
    NAME = "name"
    PRICE = "price"
    PRICE_DESC = "price_desc"
    UPDATED = "updated"


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Words and filters; `after` is the `next` of the page before, with the same words, filters and sort.

    Raises ValueError when `limit` or `after` make no sense.
    """

    q: str = ""
    type: Kind | None = None
    brand: str | None = None
    category: str | None = None
    segment: str | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    in_stock: bool | None = None
    active: bool | None = None
    source: str | None = None
    deleted: bool = False
    sort: Sort = Sort.RELEVANCE
    limit: int = 50
    after: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise ValueError(f"limit must be between 1 and {MAX_LIMIT}")
        if self.after is not None and not _is_place(self.after, self.order):
            raise ValueError("after must be the `next` of a page of the same search")

    @property
    def order(self) -> Sort:
        """The order that really applies."""
        blank = not self.q.replace("\x00", "").strip()
        return Sort.NAME if blank and self.sort is Sort.RELEVANCE else self.sort


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One product found; `highlight` is the name as HTML with the words found in `<mark>`.

    `rank` is at least 5 for the very code, 4 for its beginning, 3 for a part of it, 2 for the words and below 1
    for words that are merely like them.
    """

    id: int
    ploomes_product_id: str
    code: str | None
    name: str
    highlight: str
    rank: float
    product_type: Kind
    category: str | None
    subcategory: str | None
    brand: str | None
    segments: list[str]
    base_price: Decimal | None
    currency: str | None
    stock_quantity: int | None
    unit_of_measure: str | None
    active: bool | None
    image_url: str | None
    source_updated_at: datetime | None
    deleted_at: datetime | None


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page; `next` is None on the last."""

    items: list[Hit]
    next: str | None = None


class Facets(msgspec.Struct, frozen=True, kw_only=True):
    """How many products a search finds, in all and by each value; most frequent first.

    Above some 20,000 products the numbers are `approximate`: estimates, in which a rare value may be missing.
    """

    total: int = 0
    approximate: bool = False
    types: dict[str, int] = {}
    brands: dict[str, int] = {}
    categories: dict[str, int] = {}
    segments: dict[str, int] = {}


class Subcategory(msgspec.Struct, frozen=True):
    """A subcategory and how many products it holds."""

    name: str
    products: int


class Category(msgspec.Struct, frozen=True):
    """A category, how many products it holds, and its subcategories."""

    name: str
    products: int
    subcategories: list[Subcategory]


class Categories(msgspec.Struct, frozen=True, kw_only=True):
    """The categories by name, and how many products there are in all and by type, segment and brand.

    Deleted products do not count; each type, and each segment and brand of the profile, appears even with 0.
    """

    categories: list[Category]
    total: int = 0
    types: dict[str, int] = {}
    segments: dict[str, int] = {}
    brands: dict[str, int] = {}


def _is_place(text: str, order: Sort) -> bool:
    try:
        sort, _, _, _ = msgspec.json.decode(text, type=tuple[str, int | float, str, int])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return sort == order
