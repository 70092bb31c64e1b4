"""PostgreSQL away: what is in memory is served and marked, the rest fails at once, and all heals by itself."""

from __future__ import annotations

import asyncio
import time

import psycopg
import pytest

from integration.cache.reading import BEAT, PROFILE, execute, price, reading, until
from integration.store.catalogue import store
from ploomes_sync.cache.catalogue import STALE_SECONDS, Catalogue, open_catalogue
from ploomes_sync.domain.search import SearchQuery
from ploomes_sync.errors import StoreDownError
from ploomes_sync.store.db import open_database
from servers import Server

FAST = 0.3
PRODUCTS = [{"id": str(number), "name": f"Filtro {number}", "base_price": "1"} for number in (1, 2)]


@pytest.fixture
def filled_server(own_server: Server) -> Server:
    """Give a server of our own with two products."""
    store(own_server.dsn("mirror"), *PRODUCTS)
    return own_server


async def away(reader: Catalogue) -> bool:
    return reader.stats().away


async def back(reader: Catalogue) -> bool:
    return not reader.stats().away


async def fails_fast(reader: Catalogue) -> None:
    began = time.monotonic()
    with pytest.raises(StoreDownError):
        await reader.product("2")
    assert time.monotonic() - began < FAST


async def is_served_stale(reader: Catalogue) -> None:
    for _ in range(20):
        began = time.monotonic()
        answer, page = await reader.product("1"), await reader.search(SearchQuery(q="filtro"))
        assert answer is not None
        assert (answer.stale, page.stale, str(answer.value.base_price)) == (True, True, "1.00")
        assert time.monotonic() - began < FAST


def test_a_dead_postgres_is_bridged_by_memory_and_everything_is_fresh_when_it_is_back(
    filled_server: Server,
) -> None:
    dsn = filled_server.dsn("mirror")

    async def scenario() -> None:
        async with reading(dsn) as reader:
            await price(reader, "1")
            await reader.search(SearchQuery(q="filtro"))
            await asyncio.to_thread(filled_server.kill)
            await until(lambda: away(reader))
            await is_served_stale(reader)
            await fails_fast(reader)

            await asyncio.to_thread(filled_server.start)
            execute(dsn, "update public.products_enhanced set base_price = 3 where ploomes_product_id = '1'")
            await until(lambda: back(reader))
            answer = await reader.product("1")
            assert answer is not None
            assert (answer.stale, str(answer.value.base_price)) == (False, "3.00")
            assert await price(reader, "2") == "1.00"
            assert reader.stats().total.stale == 40

    asyncio.run(scenario())


def test_a_postgres_that_answers_no_more_holds_up_no_cached_read(database_url: str) -> None:
    store(database_url, *PRODUCTS)

    async def scenario() -> None:
        async with reading(database_url) as reader:
            await price(reader, "1")
            await reader.search(SearchQuery(q="filtro"))
            with psycopg.connect(database_url) as other:
                other.execute("lock table ploomes_sync.catalogue_changes, public.products_enhanced")
                waiting = asyncio.create_task(reader.product("2"))
                asked = time.monotonic()
                while not await away(reader):
                    began = time.monotonic()
                    await price(reader, "1")
                    assert time.monotonic() - began < FAST
                    await asyncio.sleep(0.01)
                with pytest.raises(StoreDownError):
                    await waiting
                assert time.monotonic() - asked < 5, "it does not wait for the database to give up"
                await is_served_stale(reader)
                await fails_fast(reader)
            await until(lambda: back(reader))
            assert await price(reader, "2") == "1.00"

    asyncio.run(scenario())


def test_what_had_changed_when_postgres_went_is_still_better_than_nothing(filled_server: Server) -> None:
    dsn = filled_server.dsn("mirror")

    async def scenario() -> None:
        async with reading(dsn) as reader:
            await price(reader, "1")
            loads = reader.stats().total.loads
            execute(dsn, "update public.products_enhanced set base_price = 3")

            async def told() -> bool:
                return not reader._memory.believes("prod:1", 0)

            await until(told)
            await asyncio.to_thread(filled_server.kill)
            await until(lambda: away(reader))
            answer = await reader.product("1")

            assert answer is not None
            assert (answer.stale, str(answer.value.base_price)) == (True, "1.00")
            assert reader.stats().total.loads == loads

    asyncio.run(scenario())


def test_an_answer_past_its_time_is_loaded_anew_and_one_of_yesterday_is_not_served_at_all(
    database_url: str,
) -> None:
    store(database_url, *PRODUCTS)
    shift = 0.0

    def clock() -> float:
        return time.monotonic() + shift

    async def scenario() -> None:
        nonlocal shift
        async with (
            open_database(database_url) as db,
            open_catalogue(db, PROFILE, warm=False, clock=clock, beat=BEAT) as reader,
        ):
            await price(reader, "1")
            await price(reader, "nothing")
            shift += 31
            await price(reader, "1")
            await price(reader, "nothing")
            assert reader.stats().kinds["prod"].loads == 3, "absence is believed for half a minute"
            shift += 300
            await price(reader, "1")
            assert reader.stats().kinds["prod"].loads == 4

            with psycopg.connect(database_url) as other:
                other.execute("lock table ploomes_sync.catalogue_changes, public.products_enhanced")
                await until(lambda: away(reader))
                shift += 3600
                answer = await reader.product("1")
                assert answer is not None
                assert answer.stale
                assert 3600 < answer.age < 3700
                shift += STALE_SECONDS
                with pytest.raises(StoreDownError):
                    await reader.product("1")

    asyncio.run(scenario())
