"""Asks the catalogue: search, one product, categories and counts; nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from ploomes_sync.domain.product import Kind, ProductDetail
from ploomes_sync.domain.search import Category, Facets, Hit, SearchPage, SearchQuery, Subcategory
from ploomes_sync.store.db import Connection, Row
from ploomes_sync.store.statements import statements

_sql = statements("search")
_detail = msgspec.json.Decoder(ProductDetail, float_hook=Decimal)
_FILTERS = (
    "type",
    "brand",
    "category",
    "segment",
    "min_price",
    "max_price",
    "in_stock",
    "active",
    "source",
    "deleted",
)


async def search(conn: Connection, query: SearchQuery) -> SearchPage:
    """Return one page of what matches; following `next` meets each match once."""
    values = {name: getattr(query, name) for name in _FILTERS}
    values |= {
        "q": _storable(query.q),
        "sort": query.order.value,
        "page_size": query.limit + 1,
        "after": query.after,
    }
    rows = await (await conn.execute(_sql["search"], _plain(values))).fetchall()
    more = len(rows) > query.limit
    places = [row.pop("place") for row in rows[: query.limit]]
    hits = msgspec.convert(rows[: query.limit], list[Hit], builtin_types=(Decimal,), strict=False)
    return SearchPage(items=hits, next=places[-1] if more else None)


async def facets(conn: Connection, query: SearchQuery) -> Facets:
    """Count what the whole search finds by type, brand, category and segment; very many are estimated."""
    filters = {name: getattr(query, name) for name in _FILTERS}
    values = {
        "q": _storable(query.q),
        "filters": msgspec.json.encode(_plain({k: v for k, v in filters.items() if v is not None})).decode(),
    }
    return _facets(await (await conn.execute(_sql["facets"], values)).fetchall())


async def segment_counts(conn: Connection, segments: Sequence[str]) -> Facets:
    """Count the whole catalogue without deleted products; the named segments and all types appear even with 0."""
    counted = _facets(await (await conn.execute(_sql["counts"])).fetchall())
    return msgspec.structs.replace(
        counted,
        segments=counted.segments | {name: counted.segments.get(name, 0) for name in segments},
        types=counted.types | {kind.value: counted.types.get(kind.value, 0) for kind in Kind},
    )


async def categories(conn: Connection) -> list[Category]:
    """List the categories by name; products without a subcategory count in their category only."""
    rows = await (await conn.execute(_sql["categories"])).fetchall()
    found = []
    for name, group in groupby(rows, key=lambda row: str(row["category"])):
        parts = list(group)
        subcategories = [Subcategory(r["subcategory"], r["products"]) for r in parts if r["subcategory"]]
        found.append(Category(name, sum(part["products"] for part in parts), subcategories))
    return found


class Found(NamedTuple):
    """A product by its key; `names` are the ids and folded codes by which a change can alter the answer."""

    product: ProductDetail | None
    names: frozenset[str]


async def find(conn: Connection, key: str) -> Found:
    """Look for one product, deleted ones too, by Ploomes' id or by code; an exact id wins."""
    (row,) = await (await conn.execute(_sql["product"], {"key": _storable(key)})).fetchall()
    product = _detail.decode(row["document"]) if row["document"] else None
    names = {key, row["folded"]}
    return Found(product, frozenset(names | {product.ploomes_product_id} if product else names))


async def product(conn: Connection, key: str) -> ProductDetail | None:
    """Return all that is stored of one product, by Ploomes' id or by code; None when there is none."""
    return (await find(conn, key)).product


def _facets(rows: Sequence[Row]) -> Facets:
    """Sort counted values into their facets."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row["facet"], {})[row["value"]] = row["products"]
    total = counts.pop("total")[""]
    approximate = counts.pop("approximate", None) is not None
    return Facets(total=total, approximate=approximate, **counts)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Write out what only looks like text, and clean what is text."""
    return {name: _storable(str(value)) if isinstance(value, str) else value for name, value in values.items()}


def _storable(text: str) -> str:
    """Leave out what PostgreSQL takes in no text: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()
