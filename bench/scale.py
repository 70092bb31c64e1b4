"""Whether time grows in a straight line and memory not at all: our program on ever larger catalogues."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any

from bench import database, reads, results, search, service
from bench.peers.registry import OURS, PEERS
from bench.peers.series import SHARE, Contest
from bench.questions import draw_sample, kinds
from bench.source.process import source
from ploomes_sync.store.db import open_database

_EACH = 20


def scale(sizes: Sequence[int], *, fresh: bool) -> None:
    """Measure first load, unchanged and incremental, then searches and reads, at each size."""
    with database.cluster() as server:
        for products in sizes:
            key = ("scale", products, OURS, 0)
            if not fresh and results.has(*key):
                continue
            with source(products) as origin, closing(Contest(PEERS[OURS], origin, server)) as contest:
                phases: dict[str, Any] = {name: contest.run().told() for name in ("first", "unchanged")}
                since = datetime.now(UTC)
                origin.ask("edit", share=SHARE)
                phases["incremental"] = contest.run(since).told()
                phases["difference"] = contest.difference()._asdict()
                phases["search"] = asyncio.run(_searches(contest.dsn))
                phases["reads"] = asyncio.run(_reads(contest.dsn))
            results.save(phases, *key)
            print(products, phases, flush=True)


async def _searches(dsn: str) -> dict[str, float]:
    """Return median and 99th percentile of the mix of searches, in milliseconds, at the database itself."""
    rng = random.Random(1)  # noqa: S311 - a repeatable mix
    times: list[float] = []
    async with open_database(dsn) as db:
        for share, ask in kinds(await asyncio.to_thread(draw_sample, dsn), rng).values():
            times += [(await search.timed(db, ask()))[0] for _ in range(_EACH)] * share
    cuts = quantiles(times, n=100, method="inclusive")
    return {"p50": cuts[49], "p99": cuts[98]}


async def _reads(dsn: str) -> dict[str, float]:
    """Return reads a second over HTTP, one cached and many uncached; nothing where wrk is missing."""
    if shutil.which("wrk") is None:
        return {}
    environment = {"DATABASE_URL": dsn, "HTTP_RATE_LIMIT_PER_MINUTE": "0", "PLOOME_API_KEY": ""}
    ids = await asyncio.to_thread(reads.some_ids, dsn)
    async with service.service(environment, "--no-worker") as url:
        # What the service does at its start shall be over.
        await service.measure(url, [reads.READ + ids[0]], 8, 3)
        cached = await service.measure(url, [reads.READ + ids[0]], 8, 5)
        uncached = await service.measure(url, [reads.READ + key for key in ids[1:]], 8, 3)
    return {"cached": cached.per_second, "uncached": uncached.per_second}
