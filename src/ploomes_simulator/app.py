"""Put the simulator together as an ASGI application."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from ploomes_simulator.admin import Admin
from ploomes_simulator.api import PloomesApi
from ploomes_simulator.settings import SimulatorSettings
from ploomes_simulator.simulator import Clock, Simulator

_TICK_SECONDS = 0.05


def create_simulator(
    settings: SimulatorSettings | None = None,
    *,
    clock: Clock = time.time,
    webhook_transport: httpx2.AsyncBaseTransport | None = None,
) -> Starlette:
    """Return the application; `app.state.simulator` gives tests the whole simulator."""
    simulator = Simulator(settings or SimulatorSettings(), clock, webhook_transport)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        ticking = asyncio.get_running_loop().create_task(_tick(simulator))
        try:
            yield
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            await simulator.webhooks.stop()

    routes = [
        Mount("/_simulator", routes=Admin(simulator).routes()),
        Route("/{path:path}", PloomesApi(simulator)),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.simulator = simulator
    return app


async def _tick(simulator: Simulator) -> None:
    """Keep background changes and webhooks going while nobody asks."""
    while True:
        await asyncio.sleep(_TICK_SECONDS)
        simulator.tick()
