from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ploomes_sync.store import audit
from ploomes_sync.store.db import Database, open_database

PRODUCTS = (
    "insert into public.products_enhanced (ploomes_product_id, name, deleted_at) "
    "select n::text, 'Produto ' || n, case when n %% 10 = 0 then now() end from generate_series(1, %(n)s) n"
)
PAYLOADS = (
    "insert into ploomes_sync.payloads (ploomes_id, payload, fetched_at) "
    "select n, json_build_object('Id', n), now() from generate_series(1, %(n)s) n"
)


def with_products(dsn: str, count: int, check: Callable[[Database], Awaitable[None]]) -> None:
    async def scenario() -> None:
        async with open_database(dsn) as db:
            async with db.transaction() as conn:
                await conn.execute(PRODUCTS, {"n": count})
                await conn.execute(PAYLOADS, {"n": count})
            await check(db)

    asyncio.run(scenario())


def test_all_that_is_held_comes_once_in_the_order_of_ids_across_pages(database_url: str) -> None:
    async def check(db: Database) -> None:
        for detail in (True, False):
            rows = [row async for row in audit.held(db, detail=detail)]

            assert [row["ploomes_id"] for row in rows] == list(range(1, 1201))
            assert [row["ploomes_id"] for row in rows if not row["alive"]] == list(range(10, 1201, 10))

    with_products(database_url, 1200, check)


def test_a_page_that_is_exactly_full_is_not_the_last(database_url: str) -> None:
    async def check(db: Database) -> None:
        assert [row["ploomes_id"] async for row in audit.held(db)] == list(range(1, 501))

    with_products(database_url, 500, check)


def test_a_record_without_a_row_is_not_alive_and_a_row_without_a_record_is_told(database_url: str) -> None:
    async def check(db: Database) -> None:
        async with db.transaction() as conn:
            await conn.execute("delete from public.products_enhanced where ploomes_product_id = '1'")
            await conn.execute("delete from ploomes_sync.payloads where ploomes_id in (2, 10)")
            await conn.execute(
                "insert into public.products_enhanced (ploomes_product_id, name) values ('by hand', 'Manual')"
            )

        assert {row["ploomes_id"]: row["alive"] async for row in audit.held(db)}[1] is False
        assert await audit.without_record(db) == [2]

    with_products(database_url, 12, check)


def test_single_products_come_with_what_hangs_on_them(database_url: str) -> None:
    async def check(db: Database) -> None:
        async with db.transaction() as conn:
            await conn.execute(
                "insert into public.product_suppliers (product_id, name) "
                "select id, 'Fornecedor' from public.products_enhanced where ploomes_product_id = '3'"
            )
        rows = await audit.held_of(db, [3, 5, 999])

        assert sorted(rows) == [3, 5]
        assert "Fornecedor" in rows[3]["columns"]
        assert "Fornecedor" not in rows[5]["columns"]
        assert rows[3]["payload"] == '{"Id" : 3}'

    with_products(database_url, 12, check)


def test_quarantine_tells_products_and_records_without_one(database_url: str) -> None:
    async def check(db: Database) -> None:
        async with db.transaction() as conn:
            await conn.execute(
                "insert into ploomes_sync.quarantine (payload_hash, ploomes_id, reason, detail, payload) "
                "values ('a', 4, 'no_name', '', '{}'), ('b', null, 'no_id', '', '{}')"
            )

        assert sorted(await audit.parked(db), key=str) == [4, None]

    with_products(database_url, 1, check)
