"""What changed in the stored catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from cyclopts import Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit, UsageError
from ploomes_sync.cli.search import unknown_product

if TYPE_CHECKING:
    from ploomes_sync.domain.changes import ChangePage, ChangeQuery, ProductChange

Limit = Annotated[int, Parameter(validator=Number(gte=1, lte=500), help="At most so many; 50 unless set.")]
Cursor = Annotated[str | None, Parameter(help="Go on after a page: the `next` of the one before.")]
_NONE = "Nothing has changed, as far as is known: a first load is no history."


async def history(key: str, *, limit: Limit = 50, cursor: Cursor = None, json: start.Json = False) -> int:
    """Show what changed in a product, newest first.

    KEY is Ploomes' id or the product's code; an id wins over a code that looks like one.
    """
    from ploomes_sync.service import story
    from ploomes_sync.store import search as store

    query = _query(limit=limit, cursor=cursor)
    async with start.opened_store(start.load_settings()) as db:
        async with db.transaction() as conn:
            product = await store.product(conn, key)
        if product is None:
            raise unknown_product(key)
        page = await story.of_product(db, int(product.ploomes_product_id), query)
    if json:
        output.write_json(page)
    else:
        _tell(page, named=False)
    return Exit.DONE


async def changes(
    *,
    since: Annotated[
        datetime | None, Parameter(help="From this time on, oldest first; UTC unless it names a zone.")
    ] = None,
    column: Annotated[
        list[str] | None, Parameter(help="Only changes of this column, such as base_price; may be repeated.")
    ] = None,
    run: Annotated[UUID | None, Parameter(help="Only what this run has changed.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    json: start.Json = False,
) -> int:
    """Show what changed in all products: the newest first, or from a time on to be followed without a gap."""
    from ploomes_sync.service import story

    moment = since.replace(tzinfo=UTC) if since is not None and since.tzinfo is None else since
    query = _query(since=moment, columns=tuple(column or ()), run_id=run, limit=limit, cursor=cursor)
    async with start.opened_store(start.load_settings()) as db:
        try:
            page = await story.changes(db, query)
        except ValueError as error:
            raise UsageError(f"{error}.") from error
    if json:
        output.write_json(page)
    else:
        _tell(page, named=True)
    return Exit.DONE


def _query(**values: Any) -> ChangeQuery:  # noqa: ANN401 - the fields of the query, checked there
    from ploomes_sync.domain.changes import ChangeQuery

    try:
        return ChangeQuery(**values)
    except ValueError as error:
        raise UsageError(f"{error}.") from error


def _tell(page: ChangePage, *, named: bool) -> None:
    if not page.items:
        output.say(_NONE)
        return
    table = output.Table(("at", *(("product", "name") if named else ()), "what", "changes", "run"))
    for change in page.items:
        product = (change.code or change.ploomes_id, change.name) if named else ()
        table.add(output.moment(change.changed_at), *product, change.kind.value, _written(change), change.run_id)
    output.show(table)
    if page.more:
        output.say(f"There is more: add --cursor {page.next}, or --limit for a longer list.")


def _written(change: ProductChange) -> str:
    return ", ".join(f"{name} {_value(old)} → {_value(new)}" for name, (old, new) in change.changes.items())


def _value(value: object) -> object:
    return "–" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else value
