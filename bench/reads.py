"""How fast the service answers reads and searches over HTTP: `python -m bench reads DATABASE_URL [PRODUCTS]`."""

from __future__ import annotations

import asyncio
import random
from urllib.parse import quote, urlencode

import msgspec
import psycopg

from bench.catalogue import fill
from bench.questions import draw_sample, kinds
from bench.service import Measured, measure, service
from ploomes_sync.domain.search import SearchQuery

READ = "/api/sync/products/"
SECONDS = 10
SEARCHES = 3000


async def main(dsn: str, products: int) -> int:
    """Fill the database if need be, and print the table."""
    await fill(dsn, products)
    await asyncio.to_thread(forget_answers, dsn)
    environment = {"DATABASE_URL": dsn, "HTTP_RATE_LIMIT_PER_MINUTE": "0", "PLOOME_API_KEY": ""}
    ids = await asyncio.to_thread(some_ids, dsn)
    searches = await asyncio.to_thread(some_searches, dsn)
    async with service(environment, "--no-worker") as url:
        print(f"{products} products        per second    p50    p99  (ms)")
        show("cached read", await measure(url, [READ + quote(ids[0])], 8, SECONDS))
        show("uncached read", await measure(url, [READ + quote(key) for key in ids[1:]], 8, SECONDS // 3))
        show("search, one after another", await measure(url, searches, 1, SECONDS))
        show("search, 4 at once", await measure(url, reversed(searches), 4, SECONDS))
    return 0


def show(name: str, measured: Measured) -> None:
    """Print one line."""
    print(f"{name:26} {measured.per_second:10.0f} {measured.median:6.1f} {measured.p99:6.1f}", flush=True)


def forget_answers(dsn: str) -> None:
    """Throw away what an earlier run has left in the shared cache."""
    with psycopg.connect(dsn) as conn:
        conn.execute("delete from public.api_cache")


def some_ids(dsn: str) -> list[str]:
    """Draw as many ids as a few seconds of uncached reads may take."""
    with psycopg.connect(dsn) as conn:
        rows = conn.execute(
            "select ploomes_product_id from public.products_enhanced "
            "where random() < 11000.0 / (select count(*) from public.products_enhanced) order by random()"
        ).fetchall()
    return [key for (key,) in rows]


def some_searches(dsn: str) -> list[str]:
    """Draw paths of searches as the mix has them."""
    rng = random.Random(2)  # noqa: S311 - a repeatable mix
    asked = kinds(draw_sample(dsn), rng)
    chosen = rng.choices(list(asked.values()), [share for share, _ in asked.values()], k=SEARCHES)
    # Another number of rows makes another answer, which no cache holds.
    return [f"{path_of(ask())}&limit={20 + number % 80}" for number, (_, ask) in enumerate(chosen)]


def path_of(query: SearchQuery) -> str:
    """Write a search as a path."""
    told = {name: value for name, value in msgspec.to_builtins(query).items() if value is not None}
    return f"{READ}search?{urlencode({k: str(v).lower() if isinstance(v, bool) else v for k, v in told.items()})}"
