from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable

import pytest
from psycopg import errors

from integration.store.mirror import item, mirror
from ploomes_sync.errors import BadRowError, MigrationError, SettingsError, StoreDownError, StoreError, SyncError
from ploomes_sync.store import products, runs
from ploomes_sync.store.db import Connection, Database, open_database
from servers import Cluster
from servers.scratch import free_port

SETTINGS = ("search_path", "statement_timeout", "lock_timeout", "timezone")


def transact(url: str, story: Callable[[Database], Awaitable[None]], **options: float) -> None:
    async def run() -> None:
        async with open_database(url, **options) as db:  # type: ignore[arg-type]  # numbers of both kinds
            await story(db)

    asyncio.run(run())


def test_a_block_that_raises_writes_nothing(database_url: str) -> None:
    async def story(db: Database) -> None:
        async def fail() -> None:
            async with db.transaction() as conn:
                await conn.execute("insert into ploomes_sync.run_events (event) values ('lost')")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        async with db.transaction() as conn:
            rows = await (await conn.execute("select count(*) as events from ploomes_sync.run_events")).fetchall()
        assert rows == [{"events": 0}]

    transact(database_url, story)


def test_a_transaction_guards_itself_and_leaves_nothing_in_the_session(database_url: str) -> None:
    async def story(db: Database) -> None:
        async def shown() -> list[str]:
            return [
                next(iter((await (await conn.execute(f"show {name}".encode())).fetchone() or {}).values()))
                for name in SETTINGS
            ]

        async with db._pool.connection() as conn:
            before = await shown()
        async with db.transaction() as conn:
            inside = await shown()
            for _ in range(12):
                await conn.execute("select 1 where %(one)s = 1", {"one": 1})
            prepared = await (await conn.execute("select name from pg_catalog.pg_prepared_statements")).fetchall()
        async with db._pool.connection() as conn:
            after = await shown()

        assert inside == ["", "3s", "10s", "UTC"]
        assert after == before
        assert before[0] != inside[0]
        assert prepared == []

    # One connection, so that what one transaction leaves behind is met by the next.
    transact(database_url, story, statement_timeout=3.0, pool_size=1)


def test_a_statement_that_takes_too_long_is_given_up(database_url: str) -> None:
    async def story(db: Database) -> None:
        with pytest.raises(StoreDownError):
            async with db.transaction() as conn:
                await conn.execute("select pg_sleep(30)")
        await db.ping()

    transact(database_url, story, statement_timeout=0.1)


def test_a_dropped_table_asks_for_a_migration(database_url: str) -> None:
    async def story(db: Database) -> None:
        async with db.transaction() as conn:
            await conn.execute("drop table ploomes_sync.product_state cascade")
        with pytest.raises(MigrationError, match="ploomes-sync migrate"):
            async with db.transaction() as conn:
                await products.count_stored(conn)

    transact(database_url, story)


def test_a_database_without_a_schema_asks_for_a_migration(empty_database_url: str) -> None:
    async def story(db: Database) -> None:
        with pytest.raises(MigrationError):
            async with db.transaction() as conn:
                await runs.resumable(conn)

    transact(empty_database_url, story)


def test_a_refused_row_outside_of_a_batch_is_a_bad_row(database_url: str) -> None:
    async def story(db: Database) -> None:
        with pytest.raises(BadRowError, match="too long"):
            async with db.transaction() as conn:
                await conn.execute(
                    "insert into public.products_enhanced (ploomes_product_id, name, currency) "
                    "values ('1', 'a', 'LONG')"
                )

    transact(database_url, story)


def failure_of(dsn: str) -> SyncError:
    async def nothing(_: Database) -> None:
        return

    with pytest.raises(SyncError) as failed:
        transact(dsn, nothing, connect_timeout=2.0)
    return failed.value


def test_a_server_that_is_down_is_waited_for_and_its_password_is_not_told() -> None:
    error = failure_of(f"postgresql://user:geheim@127.0.0.1:{free_port()}/db")

    assert type(error) is StoreDownError
    assert "geheim" not in "".join(traceback.format_exception(error))


def test_a_wrong_connection_string_is_a_matter_of_settings() -> None:
    error = failure_of("postgresql://user:geheim@[::1/db")

    assert type(error) is SettingsError
    assert "geheim" not in "".join(traceback.format_exception(error))


def test_a_database_that_does_not_exist_is_named(cluster: Cluster) -> None:
    error = failure_of(cluster.server.dsn("nowhere", user="postgres"))

    assert type(error) is StoreError
    assert 'database "nowhere" does not exist: check the database name in DATABASE_URL.' in str(error)


def test_a_role_that_does_not_exist_is_named(cluster: Cluster) -> None:
    error = failure_of(cluster.server.dsn("postgres", user="nobody"))

    assert type(error) is StoreError
    assert 'role "nobody" does not exist. Check user and password in DATABASE_URL.' in str(error)


def test_a_connection_that_dies_fails_its_transaction_and_not_the_next(
    cluster: Cluster, database_url: str
) -> None:
    async def story(db: Database) -> None:
        async def lose_the_connection() -> None:
            async with db.transaction() as conn:
                row = await (await conn.execute("select pg_backend_pid() as pid")).fetchone()
                assert row is not None
                cluster.admin(f"select pg_terminate_backend({row['pid']})")
                await conn.execute("select 1")

        with pytest.raises(StoreDownError):
            await lose_the_connection()
        await db.ping()

    transact(database_url, story)


def test_a_server_that_restarted_is_found_again_without_a_new_pool(cluster: Cluster, database_url: str) -> None:
    async def story(db: Database) -> None:
        await db.ping()
        cluster.admin(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname like 'test%' and pid <> pg_backend_pid()"
        )
        await db.ping()

    transact(database_url, story)


def test_two_writers_of_the_same_products_wait_for_each_other_and_never_deadlock(database_url: str) -> None:
    async def story() -> None:
        async with mirror(database_url) as one, mirror(database_url) as two:
            for turn in range(5):
                batches = [[item(key, Name=f"{turn}{name}") for key in range(1, 60)] for name in "ab"]
                await asyncio.gather(one.write(*batches[0]), two.write(*reversed(batches[1])))
            (names,) = await one.column("select array_agg(distinct name) from public.products_enhanced")
            assert names in (["4a"], ["4b"])

    asyncio.run(story())


def test_a_role_is_become_for_a_transaction_and_no_longer(supabase_url: str) -> None:
    async def story(db: Database) -> None:
        async def who(conn: Connection) -> list[str]:
            row = await (
                await conn.execute("select current_user::text as one, session_user::text as two")
            ).fetchone()
            return list((row or {}).values())

        async with db.transaction() as conn:
            assert await who(conn) == ["catalog_sync", "postgres"]
            with pytest.raises(errors.InsufficientPrivilege):
                await conn.execute("create table public.anything (id int)")
        async with db._pool.connection() as conn:
            assert await who(conn) == ["postgres", "postgres"]

    async def run() -> None:
        async with open_database(supabase_url, pool_size=1, role="catalog_sync") as db:
            await story(db)

    asyncio.run(run())


def test_a_role_that_cannot_be_become_is_a_matter_of_settings(supabase_url: str) -> None:
    async def run(role: str) -> None:
        async with open_database(supabase_url, role=role) as db:
            await db.ping()

    with pytest.raises(StoreError, match='"nobody" does not exist: check DATABASE_ROLE'):
        asyncio.run(run("nobody"))
    with pytest.raises(StoreError, match='denied to set role "supabase_admin": check DATABASE_ROLE'):
        asyncio.run(run("supabase_admin"))
