"""The products with a fault, page by page or all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from ploomes_sync.domain.quality import START, Check, Place, QualityItem, QualityPage, check_limit, read_place
from ploomes_sync.store import quality as store
from ploomes_sync.store.db import Database

_ROWS = 1000


async def page(db: Database, key: Check, limit: int, cursor: str | None) -> QualityPage:
    """Return one page of the products with a fault; raises ValueError when a value makes no sense."""
    check_limit(limit)
    place = read_place(cursor)
    async with db.transaction() as conn:
        items, following = await store.listed(conn, key, place, limit)
    return QualityPage(items=items, next=None if following is None else msgspec.json.encode(following).decode())


async def pages(db: Database, key: Check) -> AsyncIterator[list[QualityItem]]:
    """Tell all products with a fault; no transaction outlasts a page, however slowly they are taken."""
    place: Place | None = START
    while place is not None:
        async with db.transaction() as conn:
            items, place = await store.listed(conn, key, place, _ROWS)
        yield items


async def rows(db: Database, key: Check) -> AsyncIterator[QualityItem]:
    """Tell all products with a fault, one after the other."""
    async for items in pages(db, key):
        for item in items:
            yield item
