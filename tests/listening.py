"""A synced world that hears of every change by webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness import World, world
from ploomes_sync.domain.webhook import KEY_HEADER
from ploomes_sync.engine.webhooks import is_authentic, receive

URL = "https://receiver.example/hooks/ploomes?token=abc"
_QUIET = {"webhook_duplicate_rate": 0.0, "webhook_reorder_rate": 0.0}


@asynccontextmanager
async def listening(
    database_url: str,
    window: float = 0.0,
    **simulated: Any,  # noqa: ANN401 - settings
) -> AsyncIterator[World]:
    """Open a synced world whose webhooks arrive at a door as the service's will be."""
    async with world(database_url, **{"products": 400, **_QUIET, **simulated}) as it:

        async def take(request: Request) -> Response:
            if not await is_authentic(it.db, request.headers.get(KEY_HEADER)):
                return Response(status_code=401)
            await receive(it.db, await request.body(), window=window)
            return Response(status_code=202)

        door = Starlette(routes=[Route("/{path:path}", take, methods=["POST"])])
        it.simulator.webhooks._transport = httpx2.ASGITransport(door)
        await it.sync()
        it.simulator.reset_stats()
        yield it


async def arrived(it: World) -> None:
    """Wait until Ploomes has sent everything."""
    async with asyncio.timeout(60):
        it.simulator.tick()
        while (task := it.simulator.webhooks._task) is not None and not task.done():
            await task
            it.simulator.tick()


async def waiting(it: World) -> list[int]:
    """Return the products that wait to be fetched."""
    rows = await it.rows("select ploomes_id from ploomes_sync.refresh_queue order by ploomes_id")
    return [row["ploomes_id"] for row in rows]
