"""What one process has cached is what any process has written, within a second."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import psycopg
import pytest

from harness import world
from integration.cache.reading import beats, execute, pool, price, reading, until, value_of
from integration.store.catalogue import store
from ploomes_sync.cache.questions import Question
from ploomes_sync.cache.watch import Beat
from ploomes_sync.domain.search import SearchPage, SearchQuery
from ploomes_sync.store import cache as record
from ploomes_sync.store import search
from ploomes_sync.store.db import Connection

DEARER = "update public.products_enhanced set base_price = base_price + 1 where ploomes_product_id = %s"


def test_a_change_that_a_sync_writes_is_read_by_another_process_within_a_second(database_url: str) -> None:
    async def scenario() -> float:
        async with world(database_url, products=300) as it, reading(database_url, beat=Beat()) as reader:
            await it.sync()
            changed = it.ids()[7]
            key = str(changed)
            first = await reader.product(key)
            assert first is not None
            by_code = SearchQuery(q=str(first.value.code))
            before = await reader.search(by_code)
            it.put(changed, UnitPrice=4321.5, Name="Um nome novo", LastUpdateDate="2026-11-30T12:00:00-03:00")
            run = await it.sync(ids=(changed,))
            assert run.outcome.updated == 1

            async def seen() -> bool:
                return await price(reader, key) == "4321.50"

            seconds = await until(seen)
            again = await reader.product(key)
            assert again is not None
            assert (again.value.name, again.etag != first.etag) == ("Um nome novo", True)
            assert (await reader.search(SearchQuery(q="um nome novo"))).value.items[0].name == "Um nome novo"
            assert (await reader.search(by_code)).etag != before.etag
            return seconds

    assert asyncio.run(scenario()) < 1.0


def test_products_that_appear_and_vanish_are_noticed_by_id_and_by_code(database_url: str) -> None:
    async def scenario() -> None:
        async with reading(database_url) as reader:
            assert [await price(reader, key) for key in ("7", "X-7", "x-7")] == [None, None, None]
            assert (await reader.counts()).value.total == 0
            store(database_url, {"id": "7", "code": "X-7", "name": "novo", "base_price": "1.50"})
            await beats(reader)
            assert [await price(reader, key) for key in ("7", "X-7", "x-7")] == ["1.50", "1.50", "1.50"]
            assert (await reader.counts()).value.total == 1

            store(database_url, {"id": "8", "code": "x-7", "name": "minúsculo", "base_price": "2.50"})
            await beats(reader)
            assert [await price(reader, key) for key in ("7", "X-7", "x-7")] == ["1.50", "1.50", "2.50"]

            execute(database_url, "update public.products_enhanced set code = 'Y' where ploomes_product_id = '8'")
            await beats(reader)
            assert [await price(reader, key) for key in ("x-7", "y")] == ["1.50", "2.50"]

            execute(database_url, "delete from public.products_enhanced")
            await beats(reader)
            assert [await price(reader, key) for key in ("7", "X-7", "x-7", "8", "y")] == [None] * 5
            assert (await reader.categories()).value.total == 0

    asyncio.run(scenario())


def test_a_change_of_one_product_leaves_the_others_in_memory(database_url: str) -> None:
    store(database_url, {"id": "1", "name": "a", "base_price": "1"}, {"id": "2", "name": "b", "base_price": "1"})

    async def scenario() -> None:
        async with reading(database_url) as reader:
            for key in ("1", "2"):
                await price(reader, key)
            execute(database_url, DEARER, "1")
            await beats(reader)

            assert [await price(reader, key) for key in ("1", "2")] == ["2.00", "1.00"]
            assert reader.stats().kinds["prod"].loads == 3

    asyncio.run(scenario())


def test_a_transaction_that_began_early_and_commits_late_is_heard_of(database_url: str) -> None:
    """Neither numbers nor times of changes say in which order they became visible."""
    store(database_url, {"id": "1", "name": "a", "base_price": "1"}, {"id": "2", "name": "b", "base_price": "1"})

    async def scenario() -> None:
        async with reading(database_url) as reader:
            assert [await price(reader, key) for key in ("1", "2")] == ["1.00", "1.00"]
            with psycopg.connect(database_url) as early:
                early.execute(DEARER.encode(), ["1"])
                execute(database_url, DEARER, "2")
                await beats(reader)
                assert [await price(reader, key) for key in ("1", "2")] == ["1.00", "2.00"]
                await beats(reader)
                early.commit()
            await beats(reader)

            assert [await price(reader, key) for key in ("1", "2")] == ["2.00", "2.00"]

    asyncio.run(scenario())


def test_what_changes_while_it_is_loaded_is_not_kept(database_url: str) -> None:
    store(database_url, {"id": "1", "name": "filtro", "base_price": "1"})
    read, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(conn: Connection) -> SearchPage:
        page = await search.search(conn, SearchQuery())
        if not read.is_set():
            read.set()
            await go_on.wait()
        return page

    question = Question("search:slow", SearchPage, 300, slowly, lambda page: page)

    async def scenario() -> list[str]:
        async with reading(database_url) as reader:
            early = asyncio.create_task(reader._ask(question))
            await read.wait()
            execute(database_url, DEARER, "1")
            await beats(reader)
            late = await reader._ask(question)
            go_on.set()
            pages = [await early, late, await reader._ask(question)]
            return [str(page.value.items[0].base_price) for page in pages]

    assert asyncio.run(scenario()) == ["1.00", "2.00", "2.00"]


def test_the_record_of_changes_tells_everything_since_a_snapshot_and_nothing_twice(database_url: str) -> None:
    async def scenario() -> None:
        async with pool(database_url) as db:

            async def look(last: record.Changes | None) -> record.Changes:
                async with db.transaction() as conn:
                    return await record.changes(conn, last)

            first = await look(None)
            assert first.names == frozenset()
            store(database_url, {"id": "1", "code": " Ção-1", "name": "a"}, {"id": "2", "name": "b"})
            second = await look(first)
            assert second.names == frozenset({"1", "2", "cao-1"})
            assert (await look(second)).names == frozenset()
            execute(
                database_url, "update public.products_enhanced set code = 'NEW' where ploomes_product_id = '1'"
            )
            assert (await look(second)).names == frozenset({"1", "cao-1", "new"})
            execute(database_url, "truncate public.products_enhanced cascade")
            assert (await look(second)).names is None

    asyncio.run(scenario())


def test_whoever_has_not_looked_for_long_or_comes_from_another_cluster_forgets_everything(
    database_url: str,
) -> None:
    async def scenario() -> None:
        async with pool(database_url) as db, db.transaction() as conn:
            now = await record.changes(conn, None)
            late = record.Changes(now.snapshot, now.at - record.RETENTION_SECONDS / 2 - 1, frozenset())
            ahead = record.Changes("9000000:9000000:", now.at, frozenset())

            assert (await record.changes(conn, late)).names is None
            assert (await record.changes(conn, ahead)).names is None
            assert (await record.changes(conn, now)).names == frozenset()

    asyncio.run(scenario())


SILENT = [
    "update public.products_enhanced set name = name, base_price = base_price",
    "update public.products_enhanced set name = 'x' where false",
    "delete from public.products_enhanced where false",
    "insert into public.products_enhanced (ploomes_product_id, name) select '9', 'x' where false",
    "insert into public.products_enhanced (ploomes_product_id, name) values ('1', 'x') on conflict do nothing",
]


@pytest.mark.parametrize("statement", SILENT)
def test_a_statement_that_changes_no_product_records_nothing(database_url: str, statement: str) -> None:
    store(database_url, {"id": "1", "name": "a", "base_price": "1"})
    count = "select count(*) from ploomes_sync.catalogue_changes"
    before = value_of(database_url, count)
    execute(database_url, statement)

    assert value_of(database_url, count) == before


def test_a_bulk_load_is_recorded_in_a_few_bytes(database_url: str) -> None:
    execute(
        database_url,
        "insert into public.products_enhanced (ploomes_product_id, name, code) "
        "select i::text, 'x', 'C' || i from generate_series(1, 2001) i",
    )

    last = "select names is null from ploomes_sync.catalogue_changes order by id desc limit 1"
    assert value_of(database_url, last) is True


def test_the_record_of_changes_is_kept_for_a_while_and_then_let_go(database_url: str) -> None:
    store(database_url, {"id": "1", "name": "a"})

    async def forget(seconds: float) -> int:
        async with pool(database_url) as db, db.transaction() as conn:
            return await record.forget_changes(conn, seconds)

    assert asyncio.run(forget(3600)) == 0
    assert asyncio.run(forget(0)) > 0
    assert value_of(database_url, "select count(*) from ploomes_sync.catalogue_changes") == 0


def test_a_role_that_may_only_write_products_need_not_know_of_caches(database_url: str) -> None:
    with psycopg.connect(database_url, prepare_threshold=None) as conn:
        conn.execute("create role only_writes")
        conn.execute("grant only_writes to postgres")
        conn.execute("grant insert on public.products_enhanced to only_writes")
        conn.execute("grant usage on sequence public.products_enhanced_id_seq to only_writes")
        conn.execute("create policy p on public.products_enhanced for insert to only_writes with check (true)")
        conn.execute("set local role only_writes")
        conn.execute("insert into public.products_enhanced (ploomes_product_id, name) values ('1', 'a')")
        conn.execute("reset role")
        conn.execute("drop owned by only_writes")
        conn.execute("drop role only_writes")

    assert value_of(database_url, "select names from ploomes_sync.catalogue_changes order by id desc") == ["1"]


def test_money_is_handed_out_to_the_last_digit(database_url: str) -> None:
    store(database_url, {"id": "1", "name": "a", "base_price": Decimal("1234567890123.10")})
    execute(database_url, """update public.products_enhanced set custom_fields = '{"Custo": 0.10}'""")

    async def scenario() -> bytes:
        async with reading(database_url) as reader:
            answer = await reader.product("1")
            assert answer is not None
            return answer.body

    body = asyncio.run(scenario())
    assert b'"base_price":1234567890123.10,' in body
    assert b'"Custo":0.10' in body
