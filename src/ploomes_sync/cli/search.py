"""Looking into the stored catalogue."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit, NotFoundError, UsageError

if TYPE_CHECKING:
    from ploomes_sync.domain.product import ProductDetail
    from ploomes_sync.domain.search import Hit, SearchPage, SearchQuery

TypeName = Literal["product", "service", "rental", "kit", "component"]
SortName = Literal["relevance", "name", "price", "price_desc", "updated"]
EMPTY = "Nothing is stored yet: run `ploomes-sync sync`, or `ploomes-sync demo` to try it without an account."
_COLUMNS = ("id", "code", "name", "type", "brand", "segments", "price", "stock")
_FIRST = ("ploomes_product_id", "code", "name", "product_type", "segments", "brand", "category", "subcategory")
_LONG = ("custom_fields", "variants", "suppliers", "service", "rental", "dimensions")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a product must be to be found."""

    type: Annotated[TypeName | None, Parameter(help="Only this type.")] = None
    brand: Annotated[str | None, Parameter(help="Only this brand.")] = None
    category: Annotated[str | None, Parameter(help="Only this category, see `categories`.")] = None
    segment: Annotated[str | None, Parameter(help="Only this segment, such as rentals.")] = None
    min_price: Annotated[Decimal | None, Parameter(help="At least this price.")] = None
    max_price: Annotated[Decimal | None, Parameter(help="At most this price.")] = None
    in_stock: Annotated[
        bool | None, Parameter(negative="--out-of-stock", help="Only with, or without, stock.")
    ] = None
    active: Annotated[
        bool | None, Parameter(negative="--inactive", help="Only what may, or may not, be sold.")
    ] = None
    source: Annotated[str | None, Parameter(help="Only from this system: omie or ploomes.")] = None
    deleted: Annotated[bool, Parameter(help="Deleted products, too.")] = False


async def search(
    text: str = "",
    *,
    filters: Annotated[Filters | None, Parameter(name="*")] = None,
    sort: Annotated[SortName, Parameter(help="The order; relevance unless set.")] = "relevance",
    limit: Annotated[
        int, Parameter(validator=Number(gte=1, lte=500), help="At most so many; 20 unless set.")
    ] = 20,
    after: Annotated[str | None, Parameter(help="The `next` of the page before.")] = None,
    json: start.Json = False,
) -> int:
    """Search the stored catalogue by code, words or misspelt words; accents and case do not matter.

    TEXT is a code or words; without it all products are listed by name.
    """
    from ploomes_sync.domain.product import Kind
    from ploomes_sync.domain.search import Sort

    wanted = asdict(filters or Filters())
    kind = Kind(wanted["type"]) if wanted["type"] else None
    query = _query(**wanted | {"q": text, "type": kind, "sort": Sort(sort), "limit": limit, "after": after})
    page, stored = await _found(query)
    if json:
        output.write_json(page)
    else:
        _tell(page, stored)
    return Exit.DONE


def _query(**values: Any) -> SearchQuery:  # noqa: ANN401 - the keywords of SearchQuery, checked there
    from ploomes_sync.domain.search import SearchQuery

    try:
        return SearchQuery(**values)
    except ValueError as error:
        raise UsageError(f"{error}: see `ploomes-sync search --help`.") from error


async def _found(query: SearchQuery) -> tuple[SearchPage, int]:
    from ploomes_sync.store import products
    from ploomes_sync.store import search as store

    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        return await store.search(conn, query), await products.count_stored(conn)


def _tell(page: SearchPage, stored: int) -> None:
    if not page.items:
        output.say(f"Nothing found among {stored:,} products." if stored else EMPTY)
        return
    table = output.Table(_COLUMNS, right=frozenset({6, 7}))
    for hit in page.items:
        segments = ", ".join(hit.segments)
        table.add(
            hit.ploomes_product_id,
            hit.code,
            hit.name,
            hit.product_type,
            hit.brand,
            segments,
            _price(hit),
            _stock(hit),
        )
    output.show(table)
    if page.next:
        output.say(f"There is more: add --after {quote(page.next)}, or --limit for a longer list.")


def _price(hit: Hit) -> str | None:
    return None if hit.base_price is None else f"{hit.base_price:,.2f} {hit.currency or ''}".strip()


def _stock(hit: Hit) -> str | None:
    return None if hit.stock_quantity is None else f"{hit.stock_quantity:,}"


async def show(key: str, *, json: start.Json = False) -> int:
    """Show all that is stored of one product.

    KEY is Ploomes' id or the product's code; an id wins over a code that looks like one.
    """
    from ploomes_sync.store import search as store

    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        found = await store.product(conn, key)
    if found is None:
        raise unknown_product(key)
    if json:
        output.write_json(found)
    else:
        _tell_product(found)
    return Exit.DONE


def unknown_product(key: str) -> NotFoundError:
    """Return the error for a product that is not stored."""
    return NotFoundError(f'There is no product "{key}": `ploomes-sync search` finds codes and names.')


def _tell_product(product: ProductDetail) -> None:
    import msgspec

    found = msgspec.to_builtins(product, builtin_types=(Decimal,))
    rest = sorted(found.keys() - {*_FIRST, *_LONG})
    output.show_facts((name, _value(found[name])) for name in (*_FIRST, *rest))
    for name in _LONG:
        rows = found[name] if isinstance(found[name], list) else [found[name]]
        for row in rows:
            if row:
                output.heading(name.replace("_", " "))
                output.show_facts((label, _value(value)) for label, value in row.items())


def _value(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


async def categories(*, json: start.Json = False) -> int:
    """List the categories and subcategories with the number of their products."""
    from ploomes_sync.store import search as store

    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        found = await store.categories(conn)
    if json:
        output.write_json({"categories": found})
        return Exit.DONE
    table = output.Table(("category", "subcategory", "products"), right=frozenset({2}))
    for category in found:
        table.add(category.name, "", output.number(category.products))
        for part in category.subcategories:
            table.add("", part.name, output.number(part.products))
    if found:
        output.show(table)
    else:
        output.say(EMPTY)
    return Exit.DONE
