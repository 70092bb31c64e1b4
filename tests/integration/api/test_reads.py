from __future__ import annotations

import asyncio
from decimal import Decimal

from ploomes_sync.domain.run import SyncRequest
from served import PRODUCTS, served, until


def test_a_product_is_read_by_id_and_by_code_with_all_that_hangs_on_it(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            row, *_ = await it.rows(
                "select ploomes_product_id as id, code, base_price from public.products_enhanced "
                "where code is not null and base_price > 0 order by id limit 1"
            )
            by_id = await it.http.get(f"{PRODUCTS}/{row['id']}")
            by_code = await it.get(f"{PRODUCTS}/{row['code']}")

            assert by_id.json() == by_code
            assert Decimal(str(by_code["base_price"])) == row["base_price"]
            assert {"variants", "suppliers", "service", "rental", "custom_fields"} <= by_code.keys()
            assert by_id.headers["cache-control"] == "private, no-cache"
            await it.get(f"{PRODUCTS}/nothing-of-the-kind", 404)

    asyncio.run(scenario())


def test_what_the_caller_has_already_is_not_sent_again(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            product = it.ids()[0]
            for path in (f"{PRODUCTS}/{product}", f"{PRODUCTS}/search?q=filtro", f"{PRODUCTS}/categories"):
                tag = (await it.http.get(path)).headers["etag"]
                for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
                    answer = await it.http.get(path, headers={"if-none-match": known})
                    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
                assert (await it.http.get(path, headers={"if-none-match": '"other"'})).status_code == 200
            tag = (await it.http.get(f"{PRODUCTS}/{product}")).headers["etag"]
            it.simulator.edit_product(product, {"UnitPrice": 4711.5})
            await it.app.sync(SyncRequest(ids=(product,)))

            async def is_fresh() -> bool:
                return (await it.http.get(f"{PRODUCTS}/{product}")).headers["etag"] != tag

            await until(is_fresh, 5)

    asyncio.run(scenario())


def test_a_search_is_filtered_sorted_counted_and_paged(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            search = f"{PRODUCTS}/search"
            wanted = {"segment": "omie", "min_price": "10", "active": "true", "sort": "price", "limit": "20"}
            page = await it.get(search, params=wanted)
            prices = [hit["base_price"] for hit in page["items"]]
            assert len(prices) == 20
            assert prices == sorted(prices)
            assert prices[0] >= 10
            rest = await it.get(search, params={**wanted, "after": page["next"]})
            assert not {hit["id"] for hit in page["items"]} & {hit["id"] for hit in rest["items"]}

            facets = await it.get(f"{PRODUCTS}/facets", params={"segment": "omie"})
            categories = await it.get(f"{PRODUCTS}/categories")
            assert facets["total"] == categories["segments"]["omie"]
            assert categories["total"] == len(it.ids())

    asyncio.run(scenario())


def test_large_answers_are_compressed_and_small_ones_are_not(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            large = await it.http.get(f"{PRODUCTS}/search", headers={"accept-encoding": "gzip"})
            assert large.headers["content-encoding"] == "gzip"
            assert len(large.json()["items"]) == 50
            assert int(large.headers["content-length"]) < len(large.content) / 3
            small = await it.http.get("/livez", headers={"accept-encoding": "gzip"})
            assert "content-encoding" not in small.headers

    asyncio.run(scenario())


def test_reads_go_on_while_ploomes_is_away_and_runs_wait(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            it.simulator.change_settings({"fault_503": 1.0})
            assert (await it.get(f"{PRODUCTS}/search"))["items"]
            assert (await it.post(PRODUCTS))["run"]["status"] == "queued"

    asyncio.run(scenario())
