"""What is loaded once, what processes share, and what is warmed."""

from __future__ import annotations

import asyncio
from typing import Any

from integration.cache.reading import PROFILE, beats, execute, pool, price, reading, until, value_of
from integration.store.catalogue import store
from ploomes_sync.cache.answer import Answer
from ploomes_sync.cache.catalogue import Catalogue, open_catalogue
from ploomes_sync.domain.search import Facets, SearchQuery
from ploomes_sync.store import cache as shared_store

PRODUCTS: list[dict[str, Any]] = [
    {
        "id": "1",
        "name": "Filtro de ar",
        "category": "Filtros",
        "subcategory": "Ar",
        "base_price": "1",
        "brand": "WEG",
    },
    {"id": "2", "name": "Filtro", "category": "Filtros", "base_price": "2.50", "product_type": "kit"},
    {"id": "3", "name": "Correia", "category": "Correias", "segments": ["omie"], "brand": "SKF"},
]


def test_two_hundred_concurrent_misses_on_one_key_make_one_query(database_url: str) -> None:
    store(database_url, *PRODUCTS)

    async def scenario() -> None:
        async with reading(database_url) as reader:
            found = await asyncio.gather(*(reader.product("1") for _ in range(200)))
            pages = await asyncio.gather(*(reader.search(SearchQuery(q="filtro")) for _ in range(200)))

            assert len({id(answer.body) for answer in found if answer}) == 1
            assert len({page.etag for page in pages}) == 1
            kinds = reader.stats().kinds
            assert (kinds["prod"].loads, kinds["prod"].misses) == (1, 200)
            assert kinds["search"].loads == 1

    asyncio.run(scenario())


async def all_answers(reader: Catalogue) -> list[tuple[str, bytes]]:
    answers: list[Answer[Any]] = [
        await reader.search(SearchQuery(q="filtro")),
        await reader.facets(SearchQuery()),
        await reader.categories(),
        await reader.counts(),
    ]
    return [(answer.etag, answer.body) for answer in answers]


async def _shared_rows(url: str, number: int) -> None:
    async def there() -> bool:
        return value_of(url, "select count(*) from public.api_cache") == number

    await until(there)


def test_what_one_process_has_computed_another_takes_over_to_the_byte(database_url: str) -> None:
    store(database_url, *PRODUCTS)

    async def scenario() -> None:
        async with reading(database_url) as one, reading(database_url) as other:
            computed = await all_answers(one)
            await _shared_rows(database_url, 4)

            assert await all_answers(other) == computed
            assert (other.stats().total.loads, other.stats().total.shared) == (0, 4)

    asyncio.run(scenario())


def test_a_shared_answer_is_worth_nothing_once_a_product_has_changed(database_url: str) -> None:
    store(database_url, *PRODUCTS)

    async def scenario() -> None:
        async with reading(database_url) as one:
            before = await all_answers(one)
            await _shared_rows(database_url, 4)
        execute(database_url, "update public.products_enhanced set name = 'Filtro novo', brand = 'WEG'")
        async with reading(database_url) as other:
            after = await all_answers(other)

            assert (other.stats().total.loads, other.stats().total.shared) == (4, 0)
            assert not set(before) & set(after)

    asyncio.run(scenario())


SPOILT = [
    "update public.api_cache set expires_at = now() - interval '1 second'",
    "update public.api_cache set snapshot = '9000000:9000000:'",
    "update public.api_cache set data = jsonb_set(data, '{shape}', '\"of another version\"')",
    "update public.api_cache set data = '[]'",
]


def test_shared_answers_that_are_over_foreign_or_of_another_version_are_computed_anew(database_url: str) -> None:
    store(database_url, *PRODUCTS)

    async def scenario(spoil: str) -> None:
        async with reading(database_url) as one:
            computed = await all_answers(one)
            await _shared_rows(database_url, 4)
        execute(database_url, spoil)
        async with reading(database_url) as other:
            assert await all_answers(other) == computed
            assert other.stats().total.shared == 0

    for spoil in SPOILT:
        asyncio.run(scenario(spoil))


def test_shared_answers_that_are_over_are_purged(database_url: str) -> None:
    store(database_url, *PRODUCTS)

    async def scenario() -> list[int]:
        async with reading(database_url) as one:
            await all_answers(one)
            await _shared_rows(database_url, 4)
        execute(database_url, "update public.api_cache set expires_at = now() where key in ('count:all')")
        async with pool(database_url) as db, db.transaction() as conn:
            return [await shared_store.purge_expired(conn), await shared_store.purge_expired(conn)]

    assert asyncio.run(scenario()) == [1, 0]


def test_reads_go_on_when_nothing_can_be_shared(database_url: str) -> None:
    store(database_url, *PRODUCTS)
    execute(database_url, "alter table public.api_cache add constraint closed check (key = '')")

    async def scenario() -> None:
        async with reading(database_url) as reader:
            assert [hit.name for hit in (await reader.search(SearchQuery(q="correia"))).value.items] == ["Correia"]
            assert (await reader.counts()).value.total == 3

    asyncio.run(scenario())


def test_categories_come_with_counts_and_with_what_the_profile_names(database_url: str) -> None:
    store(
        database_url, *PRODUCTS, {"id": "4", "name": "gone", "category": "X", "deleted_at": "2026-01-01T00:00:00Z"}
    )

    async def scenario() -> None:
        async with reading(database_url) as reader:
            found = (await reader.categories()).value
            counts = (await reader.counts()).value

            assert {category.name: category.products for category in found.categories} == {
                "Filtros": 2,
                "Correias": 1,
            }
            assert found.total == counts.total == 3
            assert (
                found.types == counts.types == {"product": 2, "kit": 1, "component": 0, "rental": 0, "service": 0}
            )
            assert found.segments == {"omie": 1, "atlas": 0, "ingersoll": 0, "rentals": 0, "services": 0}
            assert list(found.brands.items())[:3] == [("SKF", 1), ("WEG", 1), ("Atlas Copco", 0)]
            assert (await reader.facets(SearchQuery(q="filtro"))).value == Facets(
                total=2, types={"kit": 1, "product": 1}, brands={"WEG": 1}, categories={"Filtros": 2}
            )

    asyncio.run(scenario())


def test_a_key_longer_than_any_code_is_answered_and_not_kept(database_url: str) -> None:
    async def scenario() -> None:
        async with reading(database_url) as reader:
            assert [await price(reader, "x" * 5000) for _ in range(2)] == [None, None]
            assert reader.stats().total.size == 0

    asyncio.run(scenario())


def test_keys_that_postgres_cannot_store_find_nothing(database_url: str) -> None:
    store(database_url, *PRODUCTS)

    async def scenario() -> None:
        async with reading(database_url) as reader:
            assert [await price(reader, key) for key in ("", "\x00", "\ud800", "%", "' or 1=1 --")] == [None] * 5
            assert len((await reader.search(SearchQuery(q="\ud800"))).value.items) == len(PRODUCTS)

    asyncio.run(scenario())


def test_warming_loads_what_people_ask_first_and_what_has_changed_under_those_who_asked(database_url: str) -> None:
    store(database_url, *PRODUCTS)

    async def scenario() -> None:
        async with reading(database_url) as reader:
            assert await reader.warm() > 10
            assert await reader.warm() == 0
            await price(reader, "1")
            await reader.search(SearchQuery(q="correia"))
            execute(database_url, "update public.products_enhanced set base_price = 9 where id = 1")
            await beats(reader)
            await reader.warm()
            before = reader.stats().total

            assert await price(reader, "1") == "9.00"
            await reader.search(SearchQuery(q="correia"))
            await all_answers(reader)
            after = reader.stats().total
            assert (after.misses - before.misses, after.hits - before.hits) == (1, 5), "only the words are new"

    asyncio.run(scenario())


def test_memory_is_warm_at_the_start_and_again_once_a_batch_is_over(database_url: str) -> None:
    store(database_url, *PRODUCTS)

    async def scenario() -> None:
        async with pool(database_url) as db, open_catalogue(db, PROFILE) as reader:

            async def warm(total: int) -> bool:
                held = reader._memory.get("count:all")
                return held is not None and held.value.total == total and reader.stats().kinds["search"].size > 5

            await until(lambda: warm(3))
            store(database_url, {"id": "77", "name": "novo"})
            await until(lambda: warm(4))
            assert reader.stats().total.misses == 0

    asyncio.run(scenario())


def test_the_share_that_memory_answers_is_counted(database_url: str) -> None:
    store(database_url, *PRODUCTS)

    async def scenario() -> None:
        async with reading(database_url) as reader:
            assert (reader.stats().total.hit_rate, reader.stats().checked) == (0.0, None)
            for _ in range(4):
                await price(reader, "1")
                await price(reader, "nothing")
            stats = reader.stats()

            prod = stats.kinds["prod"]
            assert (prod.hits, prod.misses, prod.loads, prod.size, prod.hit_rate) == (6, 2, 2, 2, 0.75)
            assert stats.total == prod
            assert (stats.capacity, stats.away) == (10_000, False)

    asyncio.run(scenario())
