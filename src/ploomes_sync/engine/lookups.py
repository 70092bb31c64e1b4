"""The lookup tables of a run: fetched beside the first pages, or taken as they are stored."""

from __future__ import annotations

import asyncio

from ploomes_sync.domain.lookups import Lookups
from ploomes_sync.domain.run import Lane
from ploomes_sync.ploomes.client import PloomesClient
from ploomes_sync.ploomes.lookups import fetch_lookups
from ploomes_sync.store import lookups as stored
from ploomes_sync.store.db import Database

_PATIENCE = 600.0
"""For how many seconds after they were read the tables are not asked again for a word that they lack."""


class LookupTables:
    """Loads the tables once; `refresh` asks Ploomes, and `renew` may; else only a database without any does."""

    def __init__(self, db: Database, client: PloomesClient, *, keep: bool = True) -> None:
        self.client = client
        self._keep = keep
        self._db = db
        self._task: asyncio.Task[Lookups] | None = None
        self._renewed = False

    def refresh(self, lane: Lane) -> None:
        """Begin to read the tables from Ploomes; whoever needs them waits in `get`."""
        if self._task is None or (self._task.done() and self._failed(self._task)):
            self._task = asyncio.create_task(self._fetch(lane))

    async def get(self) -> Lookups:
        """Return the tables, from Ploomes if a refresh has begun."""
        if self._task is None or (self._task.done() and self._failed(self._task)):
            self._task = asyncio.create_task(self._load())
        return await asyncio.shield(self._task)

    async def renew(self, lane: Lane) -> Lookups:
        """Return the tables, read anew since they lacked a word: once a run, and not soon after the last time.

        Some words are never found: products may refer to what has been deleted.
        """
        if not self._renewed:
            self._renewed = True
            self._task = asyncio.create_task(self._reload(lane))
        return await self.get()

    async def close(self) -> None:
        """Stop reading if it is still going on; a failure that nobody waited for is dropped."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @staticmethod
    def _failed(task: asyncio.Task[Lookups]) -> bool:
        return task.cancelled() or task.exception() is not None

    async def _load(self) -> Lookups:
        async with self._db.transaction() as conn:
            tables = await stored.load(conn)
        return tables if tables.fields or tables.currencies else await self._fetch(Lane.INCREMENTAL)

    async def _reload(self, lane: Lane) -> Lookups:
        async with self._db.transaction() as conn:
            age = await stored.age(conn)
        return await self._load() if age is not None and age < _PATIENCE else await self._fetch(lane)

    async def _fetch(self, lane: Lane) -> Lookups:
        tables = await fetch_lookups(self.client, lane)
        if self._keep:
            async with self._db.transaction() as conn:
                await stored.save(conn, tables)
        return tables
