"""What Supabase's advisors and linter say of the migrated schema: nothing, and they are awake."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import psycopg

from integration.supabase import day
from integration.supabase.cli import advice, supabase
from ploomes_sync.store.access import expose
from ploomes_sync.store.db import open_database
from servers import Cluster
from servers.scratch import wait_until

BAD = "create table public.bad (id int primary key, api_key text); grant select on public.bad to anon"
BAD_FUNCTION = """
create function public.bad() returns int language plpgsql set search_path = '' as $$
begin return (select missing from public.products_enhanced); end $$
"""
# What the advisors that come with the command line do not ask yet.
OWNER_RIGHTS = """
select p.oid::regprocedure::text from pg_catalog.pg_proc p
where p.pronamespace = 'public'::regnamespace and p.prosecdef
"""


def test_the_advisors_find_nothing_but_what_is_bad_on_purpose(supabase_url: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with open_database(supabase_url) as db:
            await expose(db, "anon")

    asyncio.run(story())
    with psycopg.connect(supabase_url) as conn:
        conn.execute(BAD)
        assert conn.execute(OWNER_RIGHTS).fetchall() == []
    found = advice(tmp_path, supabase_url)

    # On a fresh database no index has been used yet.
    assert sorted(name for name, _ in found if name != "unused_index") == [
        "rls_disabled_in_public",
        "sensitive_columns_exposed",
    ], found
    assert all("public.bad" in text for name, text in found if name != "unused_index")


def test_the_linter_of_functions_finds_nothing_but_what_is_bad_on_purpose(
    clusters: Callable[[str], Cluster], tmp_path: Path
) -> None:
    cluster = clusters("supabase")  # for this version Debian has plpgsql_check
    name = cluster.create("migrated")
    cluster.admin("create extension plpgsql_check with schema extensions", name)
    with psycopg.connect(cluster.dsn(name)) as conn:
        conn.execute(BAD_FUNCTION)
    options = ("--level", "warning", "--fail-on", "none", "--schema", "public,ploomes_sync")
    told = supabase(tmp_path, cluster.dsn(name), "db", "lint", *options, "--output-format", "json")
    cluster.drop(name)

    assert [found["function"] for found in json.loads(told)["results"]] == ["public.bad"], told


def test_after_a_day_of_the_service_no_index_is_unused_and_nothing_else_is_found(
    supabase: Cluster, tmp_path: Path
) -> None:
    name = supabase.create("migrated")
    # So few rows are read fastest without any index: this asks which of them could serve.
    supabase.admin(f"alter database {name} set enable_seqscan = off")

    async def story() -> None:
        async with day.service(supabase.dsn(name)) as it:
            await day.spend(it)

    asyncio.run(story())
    wait_until(lambda: connections(supabase, name) == 0, "the counts of the last connections")
    found = advice(tmp_path, supabase.dsn(name))
    supabase.drop(name)

    assert found == []


def connections(cluster: Cluster, database: str) -> int:
    with psycopg.connect(cluster.server.dsn("postgres")) as conn:
        row = conn.execute("select count(*) from pg_stat_activity where datname = %s", [database]).fetchone()
    assert row is not None
    return int(row[0])
