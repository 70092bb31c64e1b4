"""The whole service over a simulator in this process, and workers beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx2

from harness import FAST, World
from ploomes_simulator import SimulatorSettings, create_simulator
from ploomes_sync.config import read_settings
from ploomes_sync.domain.run import Run
from ploomes_sync.jobs.lookout import Timing
from ploomes_sync.jobs.worker import run_worker
from ploomes_sync.resilience.breaker import Breaker
from ploomes_sync.service.app import PloomesSync, open_app

QUICK = Timing(poll=0.05, heartbeat=0.2, look=0.1, stalled=1.0, orphaned=0.0)
OFF = {"SYNC_SCHEDULE": "off", "COMPLETE_SYNC_SCHEDULE": "off"}


@dataclass
class Shop(World):
    """A pretend Ploomes, a mirror of it, and the service between them."""

    app: PloomesSync

    @asynccontextmanager
    async def worker(self, app: PloomesSync | None = None, timing: Timing = QUICK) -> AsyncIterator[asyncio.Event]:
        """Run a worker as long as the block; gives the event that stops it."""
        stopping = asyncio.Event()
        working = asyncio.create_task(run_worker(app or self.app, stopping, timing=timing))
        try:
            yield stopping
        finally:
            stopping.set()
            await working

    async def ended(self, run: Run, seconds: float = 90) -> Run:
        """Wait until a run has ended."""
        return await self.app.wait(run.id, seconds)

    async def until(self, statement: str, seconds: float = 60, **values: object) -> None:
        """Wait until a statement answers with something true."""

        async def holds() -> bool:
            return bool(await self.value(statement, **values))

        await eventually(holds, statement, seconds)

    async def jobs(self) -> list[tuple[str, str, int]]:
        """Return task, state and attempts of every job, oldest first; not those of the service's own upkeep."""
        rows = await self.rows(
            "select task_name, status::text as status, attempts from ploomes_sync.procrastinate_jobs "
            "where queue_name = 'sync' and task_name <> 'webhook_health' order by id"
        )
        return [(row["task_name"], row["status"], row["attempts"]) for row in rows]

    async def execute(self, statement: str, **values: object) -> None:
        async with self.db.transaction() as conn:
            await conn.execute(statement.encode(), values)


async def eventually(holds: Callable[[], Awaitable[bool]], what: str, seconds: float = 60) -> None:
    """Wait for something that happens by itself, and say what it was when it does not."""
    deadline = time.monotonic() + seconds
    while not await holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def shop(database_url: str, settings: dict[str, Any] | None = None, **simulated: Any) -> AsyncIterator[Shop]:  # noqa: ANN401 - settings
    """Open a simulator and the service; no schedule is on unless asked for."""
    options = {"products": 300, "rate_per_minute": 0, "max_concurrency": 0, **simulated}
    simulator = create_simulator(SimulatorSettings(**options))
    values = {"DATABASE_URL": database_url, "PLOOME_API_KEY": "key", "API_RATE_LIMIT_PER_MINUTE": 0, **OFF}
    chosen = read_settings(_env_file=None, **{**values, **(settings or {})})
    async with (
        simulator.router.lifespan_context(simulator),
        open_app(chosen, transport=httpx2.ASGITransport(app=simulator)) as app,
    ):
        parts = app.engine()
        limits = replace(parts.limits, pauses=(), policy=FAST)
        impatient = replace(parts, limits=limits, breaker=Breaker(cooldown=0.2))
        yield Shop(simulator.state.simulator, impatient, app.db, replace(app, parts=impatient))
