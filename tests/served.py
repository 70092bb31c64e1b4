"""The HTTP API and the dashboard on a real port in this process, over a pretend Ploomes and a real database."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from ploomes_simulator import SimulatorSettings, create_simulator
from ploomes_simulator.simulator import Simulator
from ploomes_sync.cli.serve import address, bound, serving
from ploomes_sync.config import read_settings
from ploomes_sync.dashboard.links import Links
from ploomes_sync.domain.run import RunStatus, SyncRequest
from ploomes_sync.domain.token import Scope
from ploomes_sync.service.app import PloomesSync, open_app
from ploomes_sync.store import tokens
from ploomes_sync.store.db import Row

PRODUCTS = "/api/sync/products"
QUIET = {"products": 200, "rate_per_minute": 0, "max_concurrency": 0}


@dataclass
class Served:
    """A served installation; `http` asks it over a real socket."""

    url: str
    app: PloomesSync
    simulator: Simulator
    http: httpx2.AsyncClient
    links: Links

    async def get(self, path: str, status: int = 200, **options: Any) -> Any:  # noqa: ANN401 - whatever JSON says
        return checked(await self.http.get(path, **options), status)

    async def post(self, path: str, body: object = None, status: int = 202, **options: Any) -> Any:  # noqa: ANN401 - JSON
        sent: dict[str, Any] = {} if body is None else {"json": body}
        return checked(await self.http.post(path, **sent, **options), status)

    async def token(self, name: str, scope: Scope = Scope.READ, days: float | None = 1) -> dict[str, str]:
        """Make a token and return the header that carries it."""
        async with self.app.db.transaction() as conn:
            made = await tokens.add(conn, name, scope, days)
        assert made is not None
        return {"authorization": f"Bearer {made[1]}"}

    async def rows(self, statement: str, **values: object) -> list[Row]:
        async with self.app.db.transaction() as conn:
            return await (await conn.execute(statement.encode(), values)).fetchall()

    def ids(self) -> list[int]:
        return list(self.simulator.world.products.ids)

    def put(self, product_id: int, **fields: object) -> None:
        """Let the source serve a product with these fields as they are, however absurd."""
        record = {**json.loads(self.simulator.truth_of(product_id)), **fields}
        self.simulator.put_raw(product_id, json.dumps(record).encode())


def checked(answer: httpx2.Response, status: int) -> Any:  # noqa: ANN401 - whatever JSON says
    """Return the document of an answer of this status; an error must be a problem document that fits."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:600]}"
    if status >= 400:
        return problem(answer)
    return answer.json() if answer.content else None


def problem(answer: httpx2.Response) -> dict[str, Any]:
    """Return the problem document of an answer, which must be complete and tell nothing internal."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:300]
    document: dict[str, Any] = answer.json()
    assert document["status"] == answer.status_code
    assert re.fullmatch(r"/problems/[a-z-]+", document["type"]), document
    assert document["title"], document
    assert document["detail"].endswith("."), document
    assert document["request_id"] == answer.headers["x-request-id"]
    assert not re.search(r"Traceback|File \"|psycopg|postgres(ql)?://|/src/", answer.text), answer.text
    return document


@asynccontextmanager
async def served(
    database_url: str,
    *,
    settings: dict[str, Any] | None = None,
    worker: bool = False,
    synced: bool = False,
    **simulated: Any,  # noqa: ANN401 - settings
) -> AsyncIterator[Served]:
    """Serve an installation with a quiet, unthrottled pretend Ploomes."""
    simulation = create_simulator(SimulatorSettings(**{**QUIET, **simulated}))
    chosen = {
        "DATABASE_URL": database_url,
        "PLOOME_API_KEY": "key",
        "PLOOME_API_URL": "http://127.0.0.1",
        "API_RATE_LIMIT_PER_MINUTE": 0,
        "AUTO_WARM_CACHE": False,
        **(settings or {}),
    }
    ending, links = asyncio.Event(), Links()
    async with simulation.router.lifespan_context(simulation):
        transport = httpx2.ASGITransport(app=simulation)
        read = read_settings(_env_file=None, **chosen)
        async with open_app(read, stopping=ending, transport=transport) as app:
            if synced:
                assert (await app.sync(SyncRequest())).status is RunStatus.SUCCEEDED
            with bound("127.0.0.1", 0) as listening:
                async with (
                    serving(app, listening, ending, worker=worker, links=links),
                    httpx2.AsyncClient(base_url=address(listening), timeout=30) as http,
                ):
                    yield Served(address(listening), app, simulation.state.simulator, http, links)


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Ask again and again until the answer is yes."""
    async with asyncio.timeout(seconds):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.02)


def told(product_id: int, action: str = "Update") -> bytes:
    """Write a message as Ploomes does."""
    return json.dumps({"Entity": "Products", "Action": action, "New": {"Id": product_id}}).encode()
