"""What the dashboard weighs, how soon it shows on a slow line, and what fifty viewers cost a sync."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from bench.catalogue import BASE
from bench.load import PRODUCTS, ask
from bench.service import service
from bench.simulator import simulator

CHROMIUM = "/usr/bin/chromium"
VIEWERS = 50
ROUNDS = 5
PRODUCTS_READ = 4 * BASE
LINES = {"slow 4G (1.6 Mbit/s, 150 ms)": (1600, 150), "3G (750 kbit/s, 250 ms)": (750, 250)}
PAGES = ("/", "/runs", "/products", "/quality", "/charts")
_GOAL_VIEW, _GOAL_VIEWERS = 1.0, 0.05
_POLL_SECONDS = 5


async def main() -> int:
    """Print all three; returns 1 when a goal is missed."""
    with (
        simulator("--products", str(PRODUCTS_READ), "--rate-per-minute", "0") as source,
        tempfile.TemporaryDirectory() as folder,
    ):
        # As root the embedded server runs as another account, which must be able to enter.
        await asyncio.to_thread(Path(folder).chmod, 0o755)
        environment = {
            "PLOOME_API_URL": source,
            "PLOOME_API_KEY": "bench",
            "API_RATE_LIMIT_PER_MINUTE": "0",
            "HTTP_RATE_LIMIT_PER_MINUTE": "0",
            "HTTP_MAX_STREAMS": str(2 * VIEWERS),
            "PLOOMES_SYNC_DATA": folder,
        }
        async with service(environment) as url:
            await full_sync(url)
            await weigh(url)
            slow = await paint(url)
            dearer = await watched(url)
    return int(slow > _GOAL_VIEW or dearer > _GOAL_VIEWERS)


async def full_sync(url: str) -> float:
    """Read everything once more and return the seconds that the run took."""
    done = await asyncio.to_thread(ask, f"{url}{PRODUCTS}/full", "POST", {"Prefer": "wait=120"})
    return float(done["run"]["duration_seconds"])


async def weigh(url: str) -> None:
    """Print what goes over the line for each page, and what a browser keeps of it."""
    print("\nBytes over the line, compressed")
    async with httpx2.AsyncClient(base_url=url) as http:
        for path in PAGES:
            answer = await http.get(path)
            print(f"  {path:<12}{answer.num_bytes_downloaded:>9,}")
        home = (await http.get("/")).text
        kept = sorted({part.split('"')[0] for part in home.split('"/assets/')[1:]})
        for name in kept:
            answer = await http.get(f"/assets/{name}")
            print(f"  {name:<26}{answer.num_bytes_downloaded:>9,}  kept for a year")


async def paint(url: str) -> float:
    """Print how soon pages show; returns the slowest second view on the first line."""
    from playwright.async_api import async_playwright

    slowest = 0.0
    async with async_playwright() as driver:
        for number, (line, (kilobits, latency)) in enumerate(LINES.items()):
            print(f"\nSeconds until the page shows, {line}")
            chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            context = await chromium.new_context(viewport={"width": 390, "height": 844})
            for path in PAGES:
                first, again = [await _painted(context, url + path, kilobits, latency) for _ in range(2)]
                print(f"  {path:<12} first {first:.2f}, afterwards {again:.2f}")
                slowest = max(slowest, again) if number == 0 else slowest
            await chromium.close()
    print(f"  slowest later view on the first line {slowest:.2f} s (goal < {_GOAL_VIEW:g} s)")
    return slowest


async def _painted(context: Any, address: str, kilobits: int, latency: int) -> float:  # noqa: ANN401 - a browser's
    page = await context.new_page()
    line = await context.new_cdp_session(page)
    speed = kilobits * 1000 / 8
    await line.send("Network.enable")
    await line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency, "downloadThroughput": speed, "uploadThroughput": speed / 2},
    )
    await page.goto(address, wait_until="load")
    entry = "performance.getEntriesByName('first-contentful-paint')[0]"
    shown = await (await page.wait_for_function(f"() => {entry}?.startTime")).json_value()
    await page.close()
    return float(shown) / 1000


async def watched(url: str) -> float:
    """Print what a sync takes alone and under the eyes of viewers, in turn; returns how much dearer it is."""
    alone, seen = [], []
    for _ in range(ROUNDS):
        alone.append(await full_sync(url))
        async with viewers(url):
            seen.append(await full_sync(url))
    ratio = statistics.median(seen) / statistics.median(alone) - 1
    print(
        f"\nA sync of {PRODUCTS_READ:,} products, unthrottled: alone {_all(alone)} s, "
        f"with {VIEWERS} viewers {_all(seen)} s"
    )
    print(f"  {ratio:+.1%} (goal < {_GOAL_VIEWERS:.0%})")
    return ratio


def _all(seconds: list[float]) -> str:
    return " / ".join(f"{one:.2f}" for one in sorted(seconds))


@asynccontextmanager
async def viewers(url: str) -> AsyncIterator[None]:
    """Look at the overview, and at the run that is under way, as so many open browsers do."""
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(base_url=url, timeout=None, limits=limits) as http:
        tasks = [asyncio.create_task(_look(http, number)) for number in range(VIEWERS)]
        await asyncio.sleep(1)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _look(http: httpx2.AsyncClient, number: int) -> None:
    """Half of the viewers keep the overview open, half follow each run."""
    await asyncio.sleep(number * _POLL_SECONDS / VIEWERS)
    while True:
        began = time.monotonic()
        if number % 2:
            await http.get("/overview/now")
        else:
            running = (await http.get(f"{PRODUCTS}/status")).json()["running"]
            if running:
                async with http.stream("GET", f"/runs/{running[0]['run_id']}/live") as stream:
                    async for _ in stream.aiter_bytes():
                        pass
        await asyncio.sleep(max(0.0, (1 if number % 2 == 0 else _POLL_SECONDS) - (time.monotonic() - began)))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
