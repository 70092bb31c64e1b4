"""How close a full sync comes to the time that the request budget alone forces, at two latencies.

The budget alone forces (requests - 1) x 0.5 s, at 120 requests a minute and one per 500 ms.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from math import ceil
from pathlib import Path

from bench import results
from bench.simulator import simulator, stats
from ploomes_sync.bootstrap import open_parts
from ploomes_sync.config import read_settings
from ploomes_sync.domain.run import Run, Strategy, SyncRequest
from ploomes_sync.engine.execute import sync

PRODUCTS = 11_793
LATENCIES_MS = (50, 1200)
GOAL = 1.10


async def full_sync(url: str, folder: Path) -> tuple[Run, float]:
    """Run one full sync into a new embedded database; returns it with its seconds."""
    settings = read_settings(
        _env_file=None,
        PLOOME_API_URL=url,
        PLOOME_API_KEY="bench",
        PLOOMES_SYNC_DATA=folder,
        DATABASE_URL=None,
    )
    async with open_parts(settings, asyncio.Event()) as parts:
        started = time.perf_counter()
        run = await sync(parts, SyncRequest(strategy=Strategy.BATCH))
        return run, time.perf_counter() - started


async def main() -> int:
    """Print one line a latency; returns 1 when a goal is missed."""
    missed = 0
    rows = []
    print(f"full sync of {PRODUCTS} products at 120 requests a minute (goals: ratio <= {GOAL}, product requests")
    print(f"<= {ceil(PRODUCTS / 300) + 3})\n")
    print("latency  requests  of products  seconds  budget alone  ratio  most in 60 s")
    for latency in LATENCIES_MS:
        with (
            simulator("--products", str(PRODUCTS), "--latency-ms", str(latency)) as url,
            tempfile.TemporaryDirectory() as folder,
        ):
            # As root the embedded server runs as another account, which must be able to enter.
            await asyncio.to_thread(Path(folder).chmod, 0o755)
            run, seconds = await full_sync(url, Path(folder))
            counted = stats(url)
        forced = (run.outcome.requests - 1) * 0.5
        ratio = seconds / forced
        products = counted["by_path"]["/Products"]
        print(
            f"{latency:4} ms  {run.outcome.requests:8}  {products:11}  {seconds:7.1f}  {forced:12.1f}  "
            f"{ratio:5.3f}  {counted['most_in_60_seconds']:12}"
        )
        rows.append([latency, run.outcome.requests, products, seconds, forced, ratio])
        missed += ratio > GOAL or products > ceil(PRODUCTS / 300) + 3
    results.save(rows, "throttled", PRODUCTS, "ours", 0)
    return 1 if missed else 0
