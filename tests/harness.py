"""A simulator in this process and the parts of a sync wired to it, for tests of the engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx2

from ploomes_simulator import SimulatorSettings, create_simulator
from ploomes_simulator.simulator import Simulator
from ploomes_sync.bootstrap import load_profile, make_parts
from ploomes_sync.config import read_settings
from ploomes_sync.domain.run import Run, SyncRequest
from ploomes_sync.engine.execute import sync
from ploomes_sync.engine.parts import Observe, Parts, ignore
from ploomes_sync.ploomes.client import RetryPolicy, open_http
from ploomes_sync.store.db import Database, Row, open_database

FAST = RetryPolicy(first_wait=0.01, longest_wait=0.05)
PAUSES = (0.05, 0.1, 0.2)


@dataclass
class World:
    """A pretend Ploomes and a mirror of it."""

    simulator: Simulator
    parts: Parts
    db: Database

    async def sync(self, observe: Observe = ignore, **request: Any) -> Run:  # noqa: ANN401 - fields of the request
        return await sync(self.parts, SyncRequest(**request), observe)

    async def rows(self, statement: str, **values: object) -> list[Row]:
        async with self.db.transaction() as conn:
            return await (await conn.execute(statement.encode(), values)).fetchall()

    async def value(self, statement: str, **values: object) -> Any:  # noqa: ANN401 - whatever the column holds
        (row,) = await self.rows(statement, **values)
        return next(iter(row.values()))

    def product_requests(self) -> list[dict[str, Any]]:
        log: Any = self.simulator.report(with_log=True)["log"]
        return list(log)

    def ids(self) -> list[int]:
        return list(self.simulator.world.products.ids)

    def put(self, product_id: int, **fields: object) -> None:
        """Let the source serve a product with these fields as they are, however absurd; `...` leaves one out."""
        record = {**json.loads(self.simulator.truth_of(product_id)), **fields}
        kept = {name: value for name, value in record.items() if value is not ...}
        self.simulator.put_raw(product_id, json.dumps(kept).encode())

    def truth(self) -> list[dict[str, Any]]:
        return [json.loads(line, parse_float=Decimal) for line in self.simulator.truth()]

    async def assert_equal(self) -> None:
        """Hold the mirror against the source: none missing, none extra, none stale."""
        assert await self.differences() == ([], [], []), "missing, extra, stale"

    async def differences(self) -> tuple[list[int], list[int], list[int]]:
        """Return the ids that the mirror lacks, that only the mirror has, and that it holds in an older state."""
        source = {record["Id"]: _content(record) for record in self.truth()}
        stored = await self.rows(
            "select s.payload::text as payload, p.base_price, p.name, p.code, p.source_updated_at "
            "from public.products_enhanced p "
            "join ploomes_sync.payloads s on s.ploomes_id = p.ploomes_product_id::bigint "
            "where p.deleted_at is null"
        )
        mirror = {}
        for row in stored:
            record = json.loads(row["payload"], parse_float=Decimal)
            mirror[record["Id"]] = _content(record)
            assert row["name"] == record["Name"].strip(), "the column lags behind the payload"
            date = record["LastUpdateDate"]
            assert row["source_updated_at"] == (None if date is None else datetime.fromisoformat(date))
        stale = [key for key, content in source.items() if key in mirror and mirror[key] != content]
        return sorted(source.keys() - mirror.keys()), sorted(mirror.keys() - source.keys()), stale


def _content(record: dict[str, Any]) -> dict[str, Any]:
    return {name: record.get(name) for name in ("Name", "Code", "UnitPrice", "Suspended", "LastUpdateDate")}


@asynccontextmanager
async def world(
    database_url: str,
    *,
    settings: dict[str, Any] | None = None,
    role: str | None = None,
    **simulated: Any,  # noqa: ANN401 - settings
) -> AsyncIterator[World]:
    """Open a simulator (quiet and unthrottled unless told otherwise) and a database for one test."""
    options = {"products": 1000, "rate_per_minute": 0, "max_concurrency": 0, **simulated}
    app = create_simulator(SimulatorSettings(**options))
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with (
            open_http("http://simulator", "key", transport=transport) as http,
            open_database(database_url, pool_size=3, role=role) as db,
        ):
            yield World(app.state.simulator, wire(db, http, settings), db)


def wire(db: Database, http: httpx2.AsyncClient, settings: dict[str, Any] | None = None) -> Parts:
    """Wire parts that retry fast; settings are given by their environment names."""
    chosen = read_settings(_env_file=None, **{"API_RATE_LIMIT_PER_MINUTE": 0, **(settings or {})})
    parts = make_parts(chosen, db, http, load_profile(None), asyncio.Event())
    return replace(parts, limits=replace(parts.limits, pauses=PAUSES, policy=FAST))
