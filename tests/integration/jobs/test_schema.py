from __future__ import annotations

import asyncio

import pytest

from integration.jobs.shop import shop
from ploomes_sync.domain.run import RunStatus, Strategy, SyncRequest
from ploomes_sync.store.migrate import lost, repair


@pytest.mark.parametrize("table", ["jobs", "events", "workers", "periodic_defers"])
def test_a_lost_table_of_the_engine_is_made_anew_and_the_open_runs_go_on(database_url: str, table: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            run = (await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run
            await it.execute(f"drop table ploomes_sync.procrastinate_{table} cascade")
            async with it.db.transaction() as conn:
                assert await lost(conn) == [f"ploomes_sync.procrastinate_{table}"]
            await repair(it.db)
            async with it.db.transaction() as conn:
                assert await lost(conn) == []
            after = (await it.app.submit(SyncRequest(strategy=Strategy.BATCH))).run
            async with it.worker():
                assert (await it.ended(after)).status is RunStatus.SUCCEEDED
            assert (await it.app.run(run.id)).status in (RunStatus.FAILED, RunStatus.SUCCEEDED)

    asyncio.run(scenario())


def test_the_engine_is_closed_to_the_public(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            rights = await it.rows(
                "select p.oid::regprocedure::text as what from pg_catalog.pg_proc p "
                "where p.pronamespace = 'ploomes_sync'::regnamespace and p.proname like 'procrastinate%%' "
                "and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a "
                "            where a.grantee = 0) "
                "union all select c.oid::regclass::text from pg_catalog.pg_class c "
                "where c.relnamespace = 'ploomes_sync'::regnamespace and c.relname like 'procrastinate%%' "
                "and exists (select from aclexplode(c.relacl) a where a.grantee = 0)"
            )

            assert rights == []

    asyncio.run(scenario())


def test_the_engines_functions_find_their_names_wherever_they_are_called_from(database_url: str) -> None:
    async def scenario() -> None:
        async with shop(database_url) as it:
            (row,) = await it.rows("select worker_id from ploomes_sync.procrastinate_register_worker_v1()")
            job = await it.value(
                "select id from ploomes_sync.procrastinate_fetch_job_v2(null, %(id)s)", id=row["worker_id"]
            )
            assert job is None

            await it.app.submit(SyncRequest(strategy=Strategy.BATCH))
            job = await it.value(
                "select id from ploomes_sync.procrastinate_fetch_job_v2(null, %(id)s)", id=row["worker_id"]
            )
            events = await it.rows("select type::text as type from ploomes_sync.procrastinate_events order by id")

            assert job is not None
            assert [event["type"] for event in events] == ["deferred", "started"]

    asyncio.run(scenario())
