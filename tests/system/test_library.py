"""The library as a program of its own uses it: three lines, no ceremony, nothing printed, nothing left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from system.support import Source, running_source

THREE_LINES = """
import asyncio
from ploomes_sync import sync_products
print(asyncio.run(sync_products()).outcome.inserted)
"""
EVERYTHING = """
import asyncio, json, signal, sys
from decimal import Decimal
import ploomes_sync
from ploomes_sync import *

async def main():
    first = await sync_products(dry_run=True)
    run = await sync_products(strategy="batch", urgency="high", business_context=["priority"])
    page = await search_products("", limit=2, max_price=Decimal("1e9"))
    key = page.items[0].ploomes_product_id
    named = await sync_products_real_time([int(key)])
    one, same = await asyncio.gather(get_product(key), get_product(int(key)))
    status, stats, errors = await asyncio.gather(get_system_status(), get_cache_stats(), get_error_stats(1))
    again = await scheduled_sync()
    segment = await sync_products(categories=["omie"])
    return {
        "runs": [each.plan.strategy for each in (first, run, named, again, segment)],
        "origins": [each.request.origin for each in (first, run, named, again, segment)],
        "new": first.outcome.inserted, "inserted": run.outcome.inserted, "found": len(page.items),
        "same": one == same, "total": (await get_categories()).total, "missing": await get_product("no such"),
        "status": type(status).__name__, "hits": stats.total.hits + stats.total.misses > 0, "errors": list(errors),
        "quiet": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
    }

print(json.dumps(asyncio.run(main())))
try:
    asyncio.run(sync_products(product_ids=["1 or 1 eq 1"]))
except ValueError as error:
    print(type(error).__name__)
try:
    asyncio.run(search_products(colour="red"))
except ValueError as error:
    print(type(error).__name__)
"""
CHEAP = """
import sys
import ploomes_sync
assert "sync_products" in dir(ploomes_sync)
heavy = "asyncio", "psycopg", "httpx2", "pydantic", "ploomes_sync.library"
print([name for name in heavy if name in sys.modules])
"""


def ran(script: str, dsn: str, source: Source | None, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as a user does; whatever is left open is told on standard error."""
    variables = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": dsn,
        "API_RATE_LIMIT_PER_MINUTE": "0",
    }
    if source is not None:
        variables |= {"PLOOME_API_URL": source.url, "PLOOME_API_KEY": "key"}
    argv = [sys.executable, "-W", "error", "-c", script]
    return subprocess.run(  # noqa: S603 - our own text
        argv, capture_output=True, text=True, timeout=60, env=variables, cwd=folder, check=False
    )


def test_three_lines_fill_the_mirror(database_url: str, tmp_path: Path) -> None:
    with running_source(tmp_path, products=200) as source:
        done = ran(THREE_LINES, database_url, source, tmp_path)

    assert (done.stdout, done.stderr, done.returncode) == ("200\n", "", 0)


def test_all_that_the_library_offers_works_in_one_program(database_url: str, tmp_path: Path) -> None:
    with running_source(tmp_path, products=200) as source:
        done = ran(EVERYTHING, database_url, source, tmp_path)

    assert (done.stderr, done.returncode) == ("", 0)
    answer, *refusals = done.stdout.splitlines()
    assert json.loads(answer) == {
        "runs": ["batch", "batch", "real-time", "incremental", "incremental"],
        "origins": ["library", "library", "library", "schedule", "library"],
        "new": 200,
        "inserted": 200,
        "found": 2,
        "same": True,
        "total": 200,
        "missing": None,
        "status": "SystemStatus",
        "hits": True,
        "errors": [],
        "quiet": True,
    }
    assert refusals == ["ValidationError", "ValueError"]


def test_without_a_key_reads_work_and_a_sync_names_the_setting(database_url: str, tmp_path: Path) -> None:
    script = """
import asyncio
from ploomes_sync import get_categories, sync_products

async def main():
    print((await get_categories()).total)
    await sync_products()

asyncio.run(main())
"""
    done = ran(script, database_url, None, tmp_path)

    assert (done.stdout, done.returncode) == ("0\n", 1)
    assert "SettingsError: PLOOME_API_KEY: is not set." in done.stderr


@pytest.mark.parametrize("script", [CHEAP])
def test_importing_the_package_costs_nothing(script: str, tmp_path: Path) -> None:
    done = ran(script, "", None, tmp_path)

    assert (done.stdout, done.stderr) == ("[]\n", "")
