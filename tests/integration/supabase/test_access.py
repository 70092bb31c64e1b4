from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import get_args

import psycopg
import pytest

from integration.store.catalogue import store
from integration.supabase.data_api import DataApi, data_api
from ploomes_sync.errors import StoreError
from ploomes_sync.store import access as module
from ploomes_sync.store.access import Access, Audience
from ploomes_sync.store.db import open_database
from ploomes_sync.store.migrate import migrations
from servers import Cluster

SECRETS = (
    "select cost_price from products_enhanced",
    "select custom_fields from products_enhanced",
    "select created_by from products_enhanced",
    "select tags from products_enhanced",
    "select 1 from products_enhanced where cost_price > 5",
    "select p from products_enhanced p",
    "table products_enhanced",
)
OPEN = (
    "products_with_specifications",
    "product_categories",
    "catalogue_freshness",
    "service_specifications",
    "rental_specifications",
    "product_variants",
)
CLOSED = ("product_suppliers", "api_cache", "product_sync_logs")
FURNISH = """
update public.products_enhanced set cost_price = 7, custom_fields = '{"Senha": "x"}', created_by = 'Maria';
insert into public.rental_specifications (product_id, daily_rate)
  select id, 90 from public.products_enhanced limit 1;
insert into public.product_suppliers (product_id, name, cost_price)
  select id, 'Fornecedor', 7 from public.products_enhanced limit 1;
insert into public.product_variants (product_id, variant_key, kind, color)
  select id, 'cor', 'attribute', 'azul' from public.products_enhanced limit 1;
"""


def expose(dsn: str, to: Audience) -> Access:
    async def run() -> Access:
        async with open_database(dsn) as db:
            return await module.expose(db, to)

    return asyncio.run(run())


def execute(dsn: str, statements: str) -> None:
    with psycopg.connect(dsn) as conn:
        conn.execute(statements.encode())


@pytest.fixture
def api(supabase: Cluster, supabase_url: str) -> DataApi:
    store(
        supabase_url,
        {"name": "Locação de Máquina de Fumaça", "code": "CIA_LOC_1", "category": "Locação", "base_price": 90},
        {"name": "Filtro de ar", "code": "F-1", "category": "Filtros", "base_price": 10},
    )
    execute(supabase_url, FURNISH)
    return data_api(supabase, supabase_url)


def may_read(api: DataApi, role: str) -> None:
    """Everything that is exposed and nothing else, whatever the way in."""
    assert len(api.get(role, "select * from products_with_specifications")) == 2
    assert {row["category"]: row["products"] for row in api.get(role, "select * from product_categories")} == {
        "Locação": 1,
        "Filtros": 1,
    }
    assert api.get(role, "select products, read_at from catalogue_freshness") == [{"products": 2, "read_at": None}]
    found = api.get(role, "select code, highlight from search_products('maqina')")
    assert found == [{"code": "CIA_LOC_1", "highlight": "Locação de <mark>Máquina</mark> de Fumaça"}]
    embedded = api.get(
        role, "select p.name, v.color from products_enhanced p join product_variants v on v.product_id = p.id"
    )
    assert embedded == [{"name": "Locação de Máquina de Fumaça", "color": "azul"}]
    for statement in SECRETS:
        assert "permission denied" in api.refused(role, statement)
    assert_closed(api, role, CLOSED)


def may_read_nothing(api: DataApi, role: str) -> None:
    assert_closed(api, role, (*OPEN, *CLOSED, "products_enhanced"))
    assert "permission denied" in api.refused(role, "select * from search_products('filtro')")
    assert "permission denied" in api.refused(role, "select count(*) from products_enhanced")


def assert_closed(api: DataApi, role: str, names: tuple[str, ...]) -> None:
    for name in names:
        assert "permission denied" in api.refused(role, f"table {name}")
    for name in ("runs", "payloads", "quarantine", "schema_migrations", "api_tokens", "procrastinate_jobs"):
        assert "permission denied" in api.refused(role, f"table ploomes_sync.{name}")


def may_change_nothing(api: DataApi, role: str) -> None:
    """Neither rows nor tables: TRUNCATE is what row level security does not stop."""
    for statement in (
        "insert into products_enhanced (ploomes_product_id, name) values ('9', 'x')",
        "update products_enhanced set name = 'x'",
        "delete from product_variants",
        "truncate products_enhanced cascade",
        "truncate api_cache",
        "update ploomes_sync.access set exposed_to = 'anon'",
        "select ploomes_sync.apply_access()",
        "select nextval('products_enhanced_id_seq')",
    ):
        assert "permission denied" in api.refused(role, statement)
    assert "must be owner" in api.refused(role, "drop table product_variants")


def test_what_is_exposed_is_read_by_whom_it_is_exposed_to_and_by_nobody_else(
    api: DataApi, supabase_url: str
) -> None:
    for role in ("anon", "authenticated"):
        may_read_nothing(api, role)
    expose(supabase_url, "authenticated")
    may_read(api, "authenticated")
    may_read_nothing(api, "anon")
    expose(supabase_url, "anon")
    for role in ("anon", "authenticated"):
        may_read(api, role)
        may_change_nothing(api, role)
    expose(supabase_url, "none")
    for role in ("anon", "authenticated"):
        may_read_nothing(api, role)
        may_change_nothing(api, role)


def test_the_service_role_reads_and_writes_the_catalogue_and_nothing_of_the_service(api: DataApi) -> None:
    role = "service_role"
    assert api.get(role, "select cost_price from products_enhanced where code = 'F-1'") == [{"cost_price": 7}]
    assert api.get(role, "select name from product_suppliers") == [{"name": "Fornecedor"}]
    assert api.change(role, "insert into products_enhanced (ploomes_product_id, name) values ('9', 'Balão')") == 1
    assert api.change(role, "update products_enhanced set name = 'Balões' where ploomes_product_id = '9'") == 1
    found = api.get(role, "select name from search_products('balao')")
    assert found == [{"name": "Balões"}]
    assert api.change(role, "delete from products_enhanced where ploomes_product_id = '9'") == 1
    assert api.get(role, "select * from product_sync_logs") == []
    for name in ("payloads", "quarantine", "api_tokens", "webhook_keys", "procrastinate_jobs"):
        assert "permission denied" in api.refused(role, f"table ploomes_sync.{name}")
    assert "permission denied" in api.refused(role, "truncate products_enhanced cascade")


def test_who_has_been_chosen_outlives_later_migrations(api: DataApi, supabase_url: str) -> None:
    expose(supabase_url, "authenticated")
    for migration in migrations():
        execute(supabase_url, migration.text)

    may_read(api, "authenticated")
    may_read_nothing(api, "anon")


def test_exposing_twice_changes_nothing(supabase_url: str) -> None:
    first = expose(supabase_url, "anon")
    before = of_own(supabase_url, GRANTS)
    second = expose(supabase_url, "anon")

    assert first == second
    assert of_own(supabase_url, GRANTS) == before


def test_the_catalogue_is_exposed_to_no_role_that_the_server_does_not_know(
    clusters: Callable[[str], Cluster],
) -> None:
    plain = clusters("15")
    name = plain.create("migrated")
    for to in get_args(Audience)[1:]:
        with pytest.raises(StoreError, match=f"no role {to}: only a Supabase project"):
            expose(plain.dsn(name), to)
    assert expose(plain.dsn(name), "none").exposed_to == "none"
    plain.drop(name)


OWN = """
select c.oid, c.relname, c.relkind, c.relacl, n.nspname
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'ploomes_sync') and c.relkind in ('r', 'p', 'v', 'm', 'S')
"""
GRANTS = """
select o.relname, o.relacl::text, (select array_agg(p.oid::text || p.polname order by p.polname)
                                   from pg_catalog.pg_policy p where p.polrelid = o.oid)
from own o order by 1
"""
STRANGERS = """
select o.relname, a.grantee, a.privilege_type
from own o cross join lateral pg_catalog.aclexplode(o.relacl) a
where a.grantee = 0 or a.grantee in ('anon'::regrole, 'authenticated'::regrole)
   or a.grantee = 'service_role'::regrole
      and (a.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER')
           or o.nspname = 'ploomes_sync' and a.privilege_type <> 'SELECT')
"""
CALLABLE = """
select p.oid::regprocedure::text, r.name
from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
cross join (values ('anon'), ('authenticated')) as r (name)
where n.nspname in ('public', 'ploomes_sync') and pg_catalog.has_function_privilege(r.name, p.oid, 'execute')
"""
UNSTATED = "select o.relname from own o where o.relacl is null"
UNWRITABLE = """
select o.relname from own o
where o.relkind in ('r', 'p') and o.relname not in ('schema_migrations', 'access') and not (
  pg_catalog.has_table_privilege('catalog_sync', o.oid, 'select')
  and pg_catalog.has_table_privilege('catalog_sync', o.oid, 'insert')
  and pg_catalog.has_table_privilege('catalog_sync', o.oid, 'update')
  and pg_catalog.has_table_privilege('catalog_sync', o.oid, 'delete')
  and exists (select from pg_catalog.pg_policy p
              where p.polrelid = o.oid and p.polroles = array['catalog_sync'::regrole::oid]))
"""
QUESTIONS = {
    "a right of a stranger": STRANGERS,
    "a function that strangers may call": CALLABLE,
    "a relation whose rights are not stated": UNSTATED,
    "a table that the writer may not write": UNWRITABLE,
}


def of_own(dsn: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(f"with own as ({OWN}) {question}".encode()).fetchall()


def test_a_fresh_schema_has_none_of_what_should_not_be(supabase_url: str) -> None:
    found = {name: of_own(supabase_url, question) for name, question in QUESTIONS.items()}

    assert found == {name: [] for name in QUESTIONS}


def test_every_choice_has_a_meaning(supabase_url: str) -> None:
    assert [expose(supabase_url, to).exposed_to for to in get_args(Audience)] == list(get_args(Audience))
