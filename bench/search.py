"""How fast searches are, kind by kind: at the database itself, one after another.

On a machine that others use, too, the time that the server's process was on a core says more than the clock.
"""

from __future__ import annotations

import asyncio
import random
import time
from itertools import chain
from pathlib import Path
from statistics import quantiles

import msgspec

from bench.questions import draw_sample, kinds
from ploomes_sync.domain.search import SearchPage, SearchQuery
from ploomes_sync.store import search
from ploomes_sync.store.db import Database, open_database

PAGES = 20
EACH = 60


async def main(dsn: str) -> int:
    """Print p50 and p99 of each kind, of the mix, and of the pages that follow a first one."""
    rng = random.Random(1)  # noqa: S311 - a repeatable mix
    questions = kinds(await asyncio.to_thread(draw_sample, dsn), rng)
    mix: list[tuple[float, float]] = []
    print("kind                   share    p50    p99    max  (ms)    p50    p99    max  (ms on a core)")
    async with open_database(dsn) as db:
        for kind, (share, ask) in questions.items():
            times = [(await timed(db, ask()))[:2] for _ in range(EACH)]
            mix += times * share
            print(f"{kind:22} {share:4} %  {summary(times)}")
        print(f"{'all, by share':22}  100 %  {summary(mix)}")
        deep = [await paged(db, ask(), PAGES) for _, ask in questions.values()]
        print(f"{f'up to page {PAGES}':22}         {summary(list(chain.from_iterable(deep)))}")
    return 0


async def timed(db: Database, query: SearchQuery) -> tuple[float, float, SearchPage]:
    """Search in a transaction of its own; return the milliseconds by the clock and on a core, and the page."""
    started = time.perf_counter()
    async with db.transaction() as conn:
        before = on_core(conn.info.backend_pid)
        page = await search.search(conn, query)
        used = on_core(conn.info.backend_pid) - before
    return (time.perf_counter() - started) * 1000, used, page


def on_core(pid: int) -> float:
    """Return the milliseconds that a process has had a core; nothing where the server is not on this machine."""
    told = Path(f"/proc/{pid}/schedstat")
    return int(told.read_text().split()[0]) / 1e6 if told.exists() else 0.0


async def paged(db: Database, query: SearchQuery, pages: int) -> list[tuple[float, float]]:
    """Return the milliseconds of each page after the first."""
    times = []
    for _ in range(pages):
        clock, core, page = await timed(db, query)
        times.append((clock, core))
        if page.next is None:
            break
        query = msgspec.structs.replace(query, after=page.next)
    return times[1:]


def summary(times: list[tuple[float, float]]) -> str:
    """Write median, 99th percentile and maximum, by the clock and on a core."""
    told = []
    for column in zip(*times, strict=True):
        cuts = quantiles(column, n=100, method="inclusive")
        told.append(f"{cuts[49]:6.1f} {cuts[98]:6.1f} {max(column):6.1f}")
    return "        ".join(told)
