"""What a sync costs, counted: these figures do not depend on how fast or how busy the machine is."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harness import World, world
from ploomes_sync.domain.run import Strategy
from servers.scratch import wait_until
from system.support import running_source

PRODUCTS, ROWS = 2000, 100
PAGES = PRODUCTS // ROWS
TABLES = 6
"""Lookup tables, a request each."""
WRITTEN = """
select relname, n_tup_ins, n_tup_upd + n_tup_del from pg_stat_user_tables
where relname in ('products_enhanced', 'product_state', 'payloads', 'product_search')
"""
WAL = "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint"
MOST_MEMORY_KB = 110_000
"""The records of the catalogue that it is measured with would take 30,000 more."""
AND_TELL = """
import atexit, pathlib, sys
from ploomes_sync.cli.main import main
told = pathlib.Path(sys.argv.pop())
atexit.register(lambda: told.write_text(pathlib.Path("/proc/self/status").read_text()))
main()
"""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the statements that are sent, those that open a transaction left out."""
    seen: Counter[str] = Counter()
    execute = psycopg.AsyncConnection.execute

    async def counted(self: Any, query: Any, *values: Any, **options: Any) -> Any:  # noqa: ANN401 - the driver's own
        if query and "set_config" not in str(query):
            seen[str(query)[:60]] += 1
        return await execute(self, query, *values, **options)

    monkeypatch.setattr(psycopg.AsyncConnection, "execute", counted)
    return seen


async def _cost(it: World, sent: Counter[str], strategy: Strategy) -> tuple[int, int, int]:
    """Return the requests of a sync, its statements and its bytes of WAL."""
    before = await it.value(WAL)
    sent.clear()
    it.simulator.reset_stats()
    run = await it.sync(strategy=strategy)
    statements = sent.total()
    assert run.outcome.requests == it.simulator.stats.requests
    return run.outcome.requests, statements, await it.value(WAL) - before


def test_requests_statements_rows_and_log_are_those_of_the_changes(database_url: str, sent: Counter[str]) -> None:
    async def scenario() -> int:
        async with world(database_url, products=PRODUCTS, settings={"PRODUCT_SYNC_BATCH_SIZE": ROWS}) as it:
            requests, statements, wal = await _cost(it, sent, Strategy.BATCH)
            assert requests <= PAGES + TABLES + 1
            assert statements <= PAGES * 14 + 45, sent
            assert wal <= PRODUCTS * 5000

            requests, statements, wal = await _cost(it, sent, Strategy.BATCH)
            assert requests <= PAGES + TABLES + 1
            assert statements <= PAGES * 6 + 55, sent
            assert wal <= 30_000

            edited = set(it.simulator.apply_churn(edit=5).edited)
            requests, statements, wal = await _cost(it, sent, Strategy.INCREMENTAL)
            assert requests == 2
            assert statements <= 36, sent
            assert wal <= 35_000
            return len(edited)

    changed = asyncio.run(scenario())

    each_once = {(PRODUCTS, changed)}
    wait_until(lambda: _written(database_url) == each_once, f"{each_once} rows in every table")


def _written(dsn: str) -> set[tuple[int, int]]:
    """Return how many rows each table has got, and how many were written once more."""
    with psycopg.connect(dsn, prepare_threshold=None) as conn:
        return {(inserted, rewritten) for _, inserted, rewritten in conn.execute(WRITTEN).fetchall()}


def test_memory_does_not_grow_with_the_catalogue(database_url: str, tmp_path: Path) -> None:
    told = tmp_path / "status"
    with running_source(tmp_path, products=6000) as source:
        environment = {
            **os.environ,
            "PLOOME_API_URL": source.url,
            "PLOOME_API_KEY": "key",
            "DATABASE_URL": database_url,
            "API_RATE_LIMIT_PER_MINUTE": "0",
        }
        argv = [sys.executable, "-c", AND_TELL, "sync", "--json", str(told)]
        subprocess.run(argv, env=environment, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own program

    peak = next(int(line.split()[1]) for line in told.read_text().splitlines() if line.startswith("VmHWM"))
    assert peak <= MOST_MEMORY_KB
