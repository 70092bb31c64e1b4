"""How fast searches are, kind by kind: at the database itself, one after another."""

from __future__ import annotations

import asyncio
import random
import time
from itertools import chain
from statistics import quantiles

from bench.questions import draw_sample, kinds
from ploomes_sync.domain.search import SearchQuery
from ploomes_sync.store import search
from ploomes_sync.store.db import Database, open_database

PAGES = 20
EACH = 60


async def main(dsn: str) -> int:
    """Print p50 and p99 of each kind, of the mix, and of the pages that follow a first one."""
    rng = random.Random(1)  # noqa: S311 - a repeatable mix
    questions = kinds(await asyncio.to_thread(draw_sample, dsn), rng)
    mix: list[float] = []
    print("kind                   share    p50    p99    max  (ms)")
    async with open_database(dsn) as db:
        for kind, (share, ask) in questions.items():
            times = sorted([await timed(db, ask()) for _ in range(EACH)])
            mix += times * share
            print(f"{kind:22} {share:4} %  {summary(times)}")
        print(f"{'all, by share':22}  100 %  {summary(sorted(mix))}")
        deep = [await paged(db, ask(), PAGES) for _, ask in questions.values()]
        print(f"{f'up to page {PAGES}':22}         {summary(sorted(chain.from_iterable(deep)))}")
    return 0


async def timed(db: Database, query: SearchQuery) -> float:
    """Return the milliseconds of one search in a transaction of its own."""
    started = time.perf_counter()
    async with db.transaction() as conn:
        await search.search(conn, query)
    return (time.perf_counter() - started) * 1000


async def paged(db: Database, query: SearchQuery, pages: int) -> list[float]:
    """Return the milliseconds of each page after the first."""
    times = []
    for _ in range(pages):
        started = time.perf_counter()
        async with db.transaction() as conn:
            page = await search.search(conn, query)
        times.append((time.perf_counter() - started) * 1000)
        if page.next is None:
            break
        query = SearchQuery(**{**{f: getattr(query, f) for f in query.__struct_fields__}, "after": page.next})
    return times[1:]


def summary(times: list[float]) -> str:
    """Write median, 99th percentile and maximum of sorted times."""
    cuts = quantiles(times, n=100, method="inclusive")
    return f"{cuts[49]:6.1f} {cuts[98]:6.1f} {times[-1]:6.1f}"
