from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from math import ceil
from typing import Any

import psycopg
import pytest

from harness import world
from ploomes_sync.domain.run import Run, RunStatus, Strategy
from ploomes_sync.engine.parts import Progress

DEFAULT_CATALOGUE = 11_793
END_OTHERS = (
    "select count(pg_terminate_backend(pid)) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
)


@pytest.mark.once
def test_a_first_sync_reads_the_whole_default_catalogue_into_its_segments(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=DEFAULT_CATALOGUE) as it:
            run = await it.sync()

            assert (run.status, run.outcome.inserted) == (RunStatus.SUCCEEDED, DEFAULT_CATALOGUE)
            assert len(it.product_requests()) <= ceil(DEFAULT_CATALOGUE / 300) + 3
            segments = await it.rows(
                "select s.name, count(*) as products from public.products_enhanced, unnest(segments) as s (name) "
                "group by s.name order by s.name"
            )
            assert {row["name"]: row["products"] for row in segments} == {
                "services": 127,
                "rentals": 95,
                "atlas": 1307,
                "ingersoll": 1952,
                "omie": 10982,
            }
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_second_sync_of_the_same_data_rewrites_no_row(database_url: str) -> None:
    async def scenario() -> Run:
        async with world(database_url, products=900) as it:
            return await it.sync(strategy=Strategy.BATCH)

    asyncio.run(scenario())
    before, position = _rows_written(database_url), _wal_position(database_url)
    run = asyncio.run(scenario())

    assert (run.outcome.unchanged, run.outcome.inserted, run.outcome.updated) == (900, 0, 0)
    assert _rows_written(database_url) == before
    assert _wal_position(database_url) - position < 200_000


def _rows_written(dsn: str) -> int:
    """Count row versions ever written to the catalogue and to the state beside it.

    A connection hands over what it has counted when it ends; one behind a pooler is ended here.
    """
    while _ask(dsn, END_OTHERS):
        time.sleep(0.05)
    # Behind a pooler the one that is left may be the one that has written.
    _ask(dsn, "select 1 from (select pg_stat_force_next_flush()) as flushed")
    statement = (
        "select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables where schemaname = 'public' "
        "or relname in ('product_state', 'payloads', 'quarantine', 'product_changes')"
    )
    return int(_ask(dsn, statement))


def _wal_position(dsn: str) -> int:
    return int(_ask(dsn, "select pg_current_wal_lsn() - '0/0'::pg_lsn"))


def _ask(dsn: str, statement: str) -> Decimal:
    with psycopg.connect(dsn, prepare_threshold=None) as conn:
        row = conn.execute(statement.encode()).fetchone()
    assert row is not None
    return Decimal(row[0])


@pytest.mark.parametrize("products", [0, 1, 299, 300, 301])
def test_a_catalogue_of_any_size_is_read_to_its_end(database_url: str, products: int) -> None:
    async def scenario() -> None:
        async with world(database_url, products=products) as it:
            run = await it.sync()

            assert (run.status, run.outcome.inserted) == (RunStatus.SUCCEEDED, products)
            await it.assert_equal()

    asyncio.run(scenario())


@pytest.mark.once
@pytest.mark.parametrize(
    "server",
    [
        {"max_top": 100},
        {"max_top": 1000},
        {"max_top": 300, "max_top_mode": "error"},
        {"max_top": 100, "max_top_mode": "error"},
        {"supports_count": False},
        {"max_answer_bytes": 300_000},
        {"unknown_name_status": 400},
    ],
    ids=lambda server: ",".join(f"{name}={value}" for name, value in server.items()),
)
def test_whatever_page_the_server_gives_nothing_is_lost(database_url: str, server: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with world(database_url, products=650, **server) as it:
            run = await it.sync()

            assert (run.status, run.outcome.inserted) == (RunStatus.SUCCEEDED, 650)
            await it.assert_equal()

    asyncio.run(scenario())


@pytest.mark.once
def test_no_more_requests_are_in_flight_than_set(database_url: str) -> None:
    async def scenario() -> None:
        settings = {"PRODUCT_SYNC_CONCURRENT": 4, "PRODUCT_SYNC_BATCH_SIZE": 100}
        async with world(database_url, products=1200, latency_ms=100, settings=settings) as it:
            await it.sync()

            assert it.simulator.report()["most_at_once"] == 4

    asyncio.run(scenario())


@pytest.mark.once
def test_two_runs_of_one_process_share_what_may_be_in_flight(database_url: str) -> None:
    async def scenario() -> None:
        settings = {"PRODUCT_SYNC_CONCURRENT": 2}
        async with world(database_url, products=900, latency_ms=20, settings=settings) as it:
            await asyncio.gather(it.sync(), it.sync(ids=tuple(it.ids()[:10])), it.sync(segments=("rentals",)))

            assert it.simulator.report()["most_at_once"] == 2

    asyncio.run(scenario())


def test_edits_creations_and_deletions_during_the_walk_lose_nothing(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=1200, churn_per_request=8) as it:
            run = await it.sync()
            assert run.status is RunStatus.SUCCEEDED
            it.simulator.change_settings({"churn_per_request": 0})

            again = await it.sync(strategy=Strategy.INCREMENTAL)
            await it.sync(strategy=Strategy.BATCH)

            assert again.plan is not None
            await it.assert_equal()

    asyncio.run(scenario())


def test_a_run_that_is_stopped_is_resumed_without_reading_a_page_twice(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=2100, latency_ms=5) as it:

            def stop_after_four_pages(progress: Progress) -> None:
                if progress.outcome.pages >= 4:
                    it.parts.stopping.set()

            stopped = await it.sync(stop_after_four_pages)
            it.parts.stopping.clear()
            run = await it.sync()

            assert stopped.status is RunStatus.QUEUED
            assert (run.id, run.status) == (stopped.id, RunStatus.SUCCEEDED)
            assert run.outcome.inserted == 2100
            assert len(it.product_requests()) <= 2100 / 300 + 3
            await it.assert_equal()

    asyncio.run(scenario())
