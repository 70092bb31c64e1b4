from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from harness import wire
from ploomes_sync.domain.run import Run, RunStatus, Strategy, SyncRequest
from ploomes_sync.engine.execute import sync
from ploomes_sync.ploomes.client import open_http
from ploomes_sync.store.db import open_database
from system.support import Mirror, running_mirror

SEED = 7
STORM = {
    "fault_429": 0.06,
    "fault_429_retry_after": 0.04,
    "fault_500": 0.02,
    "fault_502": 0.01,
    "fault_503": 0.01,
    "fault_504": 0.01,
    "fault_html_in_json": 0.01,
    "fault_timeout": 0.02,
    "fault_cut": 0.01,
    "fault_empty": 0.03,
    "fault_garbage": 0.02,
    "fault_wrong_shape": 0.02,
}
CALM = dict.fromkeys(STORM, 0.0)


async def _sync_over_http(mirror: Mirror, **request: Any) -> Run:  # noqa: ANN401 - fields of the request
    """Sync in this process, over real HTTP, with the short pauses of the tests."""
    settings = {"PRODUCT_SYNC_BATCH_SIZE": 30}
    async with (
        open_http(mirror.source.url, "key", read_timeout=0.5) as http,
        open_database(mirror.dsn, pool_size=4) as db,
    ):
        return await sync(wire(db, http, settings), SyncRequest(**request))


def test_a_storm_of_faults_delays_a_sync_and_spoils_nothing(database_url: str, tmp_path: Path) -> None:
    storm: dict[str, Any] = {**STORM, "seed": SEED, "storm_retry_after": 0, "hang_seconds": 2}
    with running_mirror(database_url, tmp_path, products=2700, **storm) as mirror:
        first = asyncio.run(_sync_over_http(mirror))
        mirror.source.churn(edit=200, create=50)
        second = asyncio.run(_sync_over_http(mirror, strategy=Strategy.BATCH))
        mirror.source.churn(edit=100, create=20)
        third = asyncio.run(_sync_over_http(mirror))

        faults = mirror.source.admin("GET", "/stats")["by_fault"]
        print(f"seed {SEED}: {faults}, {first.outcome}, {second.outcome}, {third.outcome}")  # noqa: T201 - the figure belongs to the report
        runs = (first, second, third)
        assert [run.status for run in runs] == [RunStatus.SUCCEEDED] * 3, f"seed {SEED}"
        mirror.assert_equal()
        assert all(faults.get(name.removeprefix("fault_"), 0) > 0 for name in STORM), faults
        assert sum(run.outcome.deleted + run.outcome.restored for run in runs) == 0
        deletions = mirror.rows(
            "select from public.products_enhanced where deleted_at is not null or sync_version > 3"
        )
        assert deletions == [], "no product was marked deleted in between, nor written more often than it changed"
        limited = sum(run.outcome.errors["rate_limit"] for run in runs)
        # An answer may come just when its page is given up because another one failed too often.
        assert 0 <= faults["429"] + faults["429_retry_after"] - limited <= 5
        others = sum(run.outcome.errors["network"] for run in runs)
        assert others >= sum(faults[name] for name in ("500", "502", "503", "504", "cut", "garbage"))
        assert all(run.outcome.retries > 0 for run in runs)


def test_empty_pages_of_a_busy_server_are_never_taken_for_the_end(database_url: str, tmp_path: Path) -> None:
    """Three answers in ten are empty and lack the count: two in a row are common."""
    with running_mirror(database_url, tmp_path, products=3000, fault_empty=0.3) as mirror:
        runs = [asyncio.run(_sync_over_http(mirror)) for _ in range(2)]

        assert [run.status for run in runs] == [RunStatus.SUCCEEDED] * 2
        assert sum(run.outcome.deleted for run in runs) == 0
        mirror.assert_equal()
        nameless = mirror.rows(
            "select from public.products_enhanced where custom_fields::text like '%product\\_%'"
        )
        assert nameless == [], "the lookup tables were read whole, too: every field has its label"
