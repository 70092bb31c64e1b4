"""The app object over a simulator in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from ploomes_simulator import SimulatorSettings, create_simulator
from ploomes_simulator.simulator import Simulator
from ploomes_sync import PloomesSync, open_app, read_settings


@asynccontextmanager
async def opened(
    database_url: str,
    *,
    settings: dict[str, Any] | None = None,
    **simulated: Any,  # noqa: ANN401 - settings
) -> AsyncIterator[tuple[PloomesSync, Simulator]]:
    """Open an app and its pretend Ploomes, quiet and unthrottled unless told otherwise."""
    options = {"products": 300, "rate_per_minute": 0, "max_concurrency": 0, **simulated}
    source = create_simulator(SimulatorSettings(**options))
    chosen = read_settings(
        _env_file=None,
        DATABASE_URL=database_url,
        PLOOME_API_KEY="key",
        PLOOME_API_URL="http://127.0.0.1:1",
        **{"API_RATE_LIMIT_PER_MINUTE": 0, "PRODUCT_SYNC_BATCH_SIZE": 50, **(settings or {})},
    )
    async with (
        source.router.lifespan_context(source),
        open_app(chosen, transport=httpx2.ASGITransport(app=source), warm=False) as app,
    ):
        yield app, source.state.simulator
