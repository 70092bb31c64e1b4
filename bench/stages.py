"""Where the time of a first load goes: CPU by layer, PostgreSQL's by statement, and what a bare COPY needs."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from types import FrameType
from typing import Any, cast

import psycopg
from psycopg import sql

from bench import database, meter, results
from bench.database import Cluster
from bench.peers.registry import OURS, PEERS, ours
from bench.peers.series import Contest
from bench.source.process import Source, source
from ploomes_sync.bootstrap import open_parts
from ploomes_sync.config import read_settings
from ploomes_sync.domain.run import Strategy, SyncRequest
from ploomes_sync.engine.execute import sync
from ploomes_sync.store.db import open_database
from ploomes_sync.store.migrate import migrate

STAGES = (
    ("fingerprint", ("domain/fingerprint.py",)),
    ("classify", ("domain/classify.py", "domain/rules.py", "domain/text.py")),
    ("decode", ("ploomes/wire.py", "domain/record.py")),
    ("transform", ("domain/",)),
    ("HTTP", ("ploomes/", "httpx2/", "httpcore2/", "h11/", "anyio/")),
    ("write: statements and their values", ("ploomes_sync/store/", "psycopg", "psycopg_pool/")),
    ("engine, logs, metrics", ("ploomes_sync/", "structlog/", "prometheus_client/")),
)
"""Layers by the files they are made of: the innermost frame that any of them knows is charged."""
_EVERY = 0.001
_PRELOADED = {"shared_preload_libraries": "pg_stat_statements"}
_TABLES = ("public.products_enhanced", "ploomes_sync.product_state", "ploomes_sync.payloads")
_SEARCH = ("ploomes_sync.product_search", "ploomes_sync.search_words")
_SLOWEST = """
select regexp_replace(left(query, 60), '\\s+', ' ', 'g') as statement, sum(calls)::bigint as calls,
       sum(rows)::bigint as rows, sum(total_exec_time) / 1000 as seconds, sum(wal_bytes) as wal_bytes
from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())
group by 1 order by seconds desc limit 8
"""


class _Sampler:
    """Looks every millisecond of CPU at what the program is doing."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def look(self, _: int, frame: FrameType | None) -> None:
        while frame is not None:
            for stage, files in STAGES:
                if any(part in frame.f_code.co_filename for part in files):
                    self.seen[stage] += 1
                    return
            frame = frame.f_back
        self.seen["event loop and the rest"] += 1


@contextmanager
def _sampling() -> Iterator[Counter[str]]:
    sampler = _Sampler()
    before = signal.signal(signal.SIGPROF, sampler.look)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        yield sampler.seen
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def stages(products: int, *, fresh: bool) -> None:
    """Measure a first load from the inside, and the limit that COPY sets."""
    key = ("stages", products, OURS, 0)
    if not fresh and results.has(*key):
        return
    with (
        source(products) as origin,
        database.cluster(_PRELOADED) as server,
        closing(Contest(PEERS[OURS], origin, server)) as contest,
    ):
        whole = contest.run()
        limits = _limits(server, contest.dsn)
        inside = _inside(origin, server)
    told = {"products": products, "seconds": whole.seconds, "start": _start(), **limits, **inside}
    results.save(told, *key)
    print(told, flush=True)


def _start() -> float:
    """Return the seconds that our program needs before it does anything."""
    _, seconds, _, _ = meter.run(ours("sync", "--help"), {}, results.PLACE / "logs" / "start.log")
    return seconds


def _inside(origin: Source, server: Cluster) -> dict[str, Any]:
    dsn = server.create("bench_inside")
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("create extension pg_stat_statements")
    settings = read_settings(
        _env_file=None,
        PLOOME_API_URL=origin.url,
        PLOOME_API_KEY="bench",
        DATABASE_URL=dsn,
        API_RATE_LIMIT_PER_MINUTE=0,
    )

    async def load() -> tuple[float, float]:
        async with _migrated(dsn), open_parts(settings, asyncio.Event()) as parts:
            began, spent = time.perf_counter(), time.process_time()
            await sync(parts, SyncRequest(strategy=Strategy.BATCH))
            return time.perf_counter() - began, time.process_time() - spent

    with _sampling() as seen:
        seconds, cpu = asyncio.run(load())
    total = seen.total() or 1
    with psycopg.connect(dsn) as conn:
        statements = conn.execute(_statement(_SLOWEST)).fetchall()
    return {
        "inside": {"seconds": seconds, "cpu": cpu, "stages": {name: n * cpu / total for name, n in seen.items()}},
        "statements": [
            {"text": text, "calls": calls, "rows": rows, "seconds": float(spent), "wal": int(wal)}
            for text, calls, rows, spent, wal in statements
        ],
    }


@asynccontextmanager
async def _migrated(dsn: str) -> AsyncIterator[None]:
    async with open_database(dsn) as db:
        await migrate(db)
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("select pg_stat_statements_reset()")
    yield


def _limits(server: Cluster, dsn: str) -> dict[str, float]:
    """Copy the rows of a loaded database into fresh tables, with the triggers of the search and without."""
    return {
        "copy_with_triggers": _copied(server, dsn, _TABLES, "origin"),
        "copy_bare": _copied(server, dsn, (*_TABLES, *_SEARCH), "replica"),
    }


def _copied(server: Cluster, dsn: str, tables: tuple[str, ...], role: str) -> float:
    target = server.create("bench_copied")

    async def prepare() -> None:
        async with open_database(target) as db:
            await migrate(db)

    asyncio.run(prepare())
    seconds = 0.0
    with psycopg.connect(dsn) as there, psycopg.connect(target) as here:
        here.execute(_statement(f"set session_replication_role = {role}"))
        for table in tables:
            read = f"copy (select * from {table}) to stdout (format binary)"  # noqa: S608 - a constant
            with there.cursor().copy(_statement(read)) as out:
                blocks = [bytes(block) for block in out]
            began = time.perf_counter()
            with here.cursor().copy(_statement(f"copy {table} from stdin (format binary)")) as into:
                for block in blocks:
                    into.write(block)
            seconds += time.perf_counter() - began
        began = time.perf_counter()
        here.commit()
        seconds += time.perf_counter() - began
    server.drop("bench_copied")
    return seconds


def _statement(text: str) -> sql.SQL:
    return sql.SQL(cast("Any", text))
