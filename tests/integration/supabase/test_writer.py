"""The service as `catalog_sync`: it may change rows, and nothing of the schema."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from harness import world
from ploomes_sync.domain.run import RunStatus, Strategy
from ploomes_sync.domain.search import SearchQuery
from ploomes_sync.engine.execute import confirm
from ploomes_sync.errors import StoreError
from ploomes_sync.store import search

ATTEMPTS = (
    "alter table public.products_enhanced add column x text",
    "drop table public.product_variants",
    "truncate public.products_enhanced cascade",
    "create table public.mine (id int)",
    "create table ploomes_sync.mine (id int)",
    "alter table public.products_enhanced disable row level security",
    "update ploomes_sync.access set exposed_to = 'anon'",
    "select ploomes_sync.apply_access()",
    "insert into ploomes_sync.schema_migrations (version, name) values (99, 'x')",
)


def test_a_whole_sync_works_as_the_least_privileged_role(supabase_url: str) -> None:
    async def story() -> None:
        async with world(supabase_url, role="catalog_sync", products=600) as it:
            assert await it.value("select current_user::text") == "catalog_sync"
            assert (await it.sync()).status is RunStatus.SUCCEEDED
            await it.assert_equal()
            (age,) = await it.rows(
                "select products, read_at > now() - interval '1 minute' as fresh, "
                "read_up_to is not null as bounded from public.catalogue_freshness"
            )
            assert age == {"products": 600, "fresh": True, "bounded": True}
            it.put(it.ids()[1], Name="Balão de festa")
            for product_id in it.ids()[300:]:
                it.simulator.delete_product(product_id)
            held = await it.sync(strategy=Strategy.BATCH)
            assert held.status is RunStatus.NEEDS_CONFIRMATION
            assert (await confirm(it.parts, held.id, None)).outcome.deleted == 300
            await it.assert_equal()
            async with it.db.transaction() as conn:
                page = await search.search(conn, SearchQuery(q="baloes"))
            assert [hit.name for hit in page.items] == ["Balão de festa"]
            for attempt in ATTEMPTS:
                with pytest.raises(StoreError, match=r"permission denied|must be owner"):
                    await it.rows(attempt)

    asyncio.run(story())


def test_the_role_is_not_one_to_log_in_as_and_has_no_rights_beyond_rows(supabase_url: str) -> None:
    with psycopg.connect(supabase_url) as conn:
        row = conn.execute(
            "select rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolinherit "
            "from pg_roles where rolname = 'catalog_sync'"
        ).fetchone()

    assert row == (False,) * 7
