"""Lends our database to procrastinate: each of its statements is one short transaction of ours.

Its statements name no schema, so that the transaction's search path does. While PostgreSQL is away a statement
waits until it is back: a worker that could not note its heartbeat or the end of a job would stop otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, LiteralString, TypeVar

from procrastinate import exceptions
from procrastinate.connector import BaseAsyncConnector
from psycopg import AsyncCursor, errors
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from ploomes_sync.errors import StoreDownError
from ploomes_sync.store.db import Database
from ploomes_sync.telemetry import Log

log = Log("product-sync:jobs")
T = TypeVar("T")

SCHEMA = "ploomes_sync"
_LONGEST_WAIT = 5.0
_Cursor = AsyncCursor[DictRow]


class JobConnector(BaseAsyncConnector):
    """Runs procrastinate's statements; once `stopping` is set it no longer waits for PostgreSQL."""

    def __init__(self, db: Database, stopping: asyncio.Event) -> None:
        self._db = db
        self._stopping = stopping

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:  # noqa: ANN401 - as declared there
        """Run a statement for its effect."""
        await self._patiently(query, arguments, _nothing)

    async def execute_query_one_async(self, query: LiteralString, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - as declared there
        """Return the first row; raises procrastinate's NoResult when there is none."""
        row = await self._patiently(query, arguments, _first)
        if row is None:
            raise exceptions.NoResult
        return row

    async def execute_query_all_async(self, query: LiteralString, **arguments: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as declared there
        """Return all rows."""
        return await self._patiently(query, arguments, _all)

    async def _patiently(
        self,
        query: LiteralString,
        arguments: dict[str, Any],
        read: Callable[[_Cursor], Coroutine[Any, Any, T]],
    ) -> T:
        wait = 0.25
        while True:
            try:
                return await self._once(query, arguments, read)
            except StoreDownError as error:
                if self._stopping.is_set():
                    raise
                log.warning("jobs.waiting_for_database", seconds=wait, error=str(error))
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _once(
        self,
        query: LiteralString,
        arguments: dict[str, Any],
        read: Callable[[_Cursor], Coroutine[Any, Any, T]],
    ) -> T:
        values = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in arguments.items()}
        async with self._db.transaction(search_path=SCHEMA) as conn:
            try:
                return await read(await conn.execute(query, values))
            except errors.UniqueViolation as error:
                raise exceptions.UniqueViolation(
                    constraint_name=error.diag.constraint_name, queueing_lock=None
                ) from error


async def _nothing(_: _Cursor) -> None:
    """Leave the rows where they are."""


async def _first(cursor: _Cursor) -> dict[str, Any] | None:
    return await cursor.fetchone()


async def _all(cursor: _Cursor) -> list[dict[str, Any]]:
    return await cursor.fetchall()
