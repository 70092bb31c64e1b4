"""A mirror in a real database, written batch by batch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from ploomes_sync.domain.page import Batch, Item, Reject, RejectReason
from ploomes_sync.domain.product import ProductId
from ploomes_sync.domain.run import Outcome
from ploomes_sync.store.db import Connection, Database, Row, open_database
from ploomes_sync.store.products import write_batch
from unit.domain.builders import make_record, transform

T = TypeVar("T")
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def later(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def item(key: int, updated: datetime | None = NOON, **values: object) -> Item:
    date = None if updated is None else updated.isoformat()
    return transform(make_record(Id=key, LastUpdateDate=date, **{"Name": f"Produto {key}", **values}))


def spoilt(key: int) -> Item:
    """Make an item that only the database finds fault with: a currency of seven letters."""
    good = item(key)
    return replace(good, row=good.row.replace(b'"currency":"BRL"', b'"currency":"CRUZADO"'))


def reject(key: int | None, payload: str = "{}", detail: str = "no name") -> Reject:
    return Reject(None if key is None else ProductId(key), RejectReason.NO_NAME, detail, payload)


def batch(*items: Item, rejects: Iterable[Reject] = (), at: datetime = NOON) -> Batch:
    refused = tuple(rejects)
    known = {one.id for one in items} | {one.product_id for one in refused if one.product_id}
    return Batch(items=items, rejects=refused, ids=tuple(sorted(known)), requested_at=at)


@dataclass
class Mirror:
    """The database under test."""

    db: Database

    async def write(
        self, *items: Item, rejects: Iterable[Reject] = (), at: datetime = NOON, run_id: UUID | None = None
    ) -> Outcome:
        return await self.do(lambda conn: write_batch(conn, run_id, batch(*items, rejects=rejects, at=at)))

    async def do(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async with self.db.transaction() as conn:
            return await work(conn)

    async def rows(self, statement: str, **values: object) -> list[Row]:
        async with self.db.transaction() as conn:
            return await (await conn.execute(statement.encode(), values)).fetchall()

    async def column(self, statement: str, **values: object) -> list[Any]:
        return [next(iter(row.values())) for row in await self.rows(statement, **values)]


@asynccontextmanager
async def mirror(url: str, **options: float) -> AsyncIterator[Mirror]:
    async with open_database(url, **options) as db:  # type: ignore[arg-type]  # numbers of both kinds
        yield Mirror(db)


def play(url: str, story: Callable[[Mirror], Awaitable[T]]) -> T:
    """Run a story on a mirror."""

    async def run() -> T:
        async with mirror(url) as it:
            return await story(it)

    return asyncio.run(run())
