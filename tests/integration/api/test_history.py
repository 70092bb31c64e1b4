from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from ploomes_sync.domain.run import SyncRequest
from served import PRODUCTS, Served, served

CHANGES = "/api/sync/changes"
LONG_AGO = "2026-01-01T00:00:00Z"


async def repriced(it: Served, product_id: int, price: float) -> None:
    it.simulator.edit_product(product_id, {"UnitPrice": price})
    await it.app.sync(SyncRequest())


def test_a_price_that_changes_is_told_of_the_product_of_the_run_and_of_all(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            product = it.ids()[5]
            await repriced(it, product, 1234.56)

            page = await it.get(f"{PRODUCTS}/{product}/history")

            (change,) = page["items"]
            before, after = change["changes"]["base_price"]
            assert (change["ploomes_id"], change["kind"], after) == (product, "changed", 1234.56)
            assert before != after
            assert await it.get(CHANGES) == page
            assert await it.get(CHANGES, params={"run_id": change["run_id"]}) == page
            assert (await it.get(CHANGES, params={"columns": "name, code"}))["items"] == []
            assert (await it.get(CHANGES, params={"columns": "base_price"})) == page
            code = quote((await it.get(f"{PRODUCTS}/{product}"))["code"], safe="")
            assert await it.get(f"{PRODUCTS}/{code}/history") == page

    asyncio.run(scenario())


def test_a_consumer_follows_from_a_time_on_by_the_next_of_each_page(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            found: list[dict[str, Any]] = []
            asked = {"since": LONG_AGO}
            for price in (11.5, 12.5, 13.5):
                await repriced(it, it.ids()[0], price)
                page = await it.get(CHANGES, params=asked)
                found += page["items"]
                asked = {"since": LONG_AGO, "cursor": page["next"]}

            assert [change["changes"]["base_price"][1] for change in found] == [11.5, 12.5, 13.5]
            assert (await it.get(CHANGES, params=asked))["items"] == []

    asyncio.run(scenario())


def test_who_has_the_answer_already_is_not_sent_it_again(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            for path in (CHANGES, f"{PRODUCTS}/{it.ids()[0]}/history", "/api/sync/quality"):
                first = await it.http.get(path)
                again = await it.http.get(path, headers={"if-none-match": first.headers["etag"]})

                assert (first.status_code, again.status_code, again.content) == (200, 304, b"")

    asyncio.run(scenario())


def test_what_does_not_exist_or_makes_no_sense_is_refused(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            assert (await it.get(f"{PRODUCTS}/none/history", 404))["type"] == "/problems/not-found"
            for query in ("since=yesterday", "since=2026-01-01T00:00:00", "columns=secret", "cursor=x", "limit=0"):
                assert (await it.get(f"{CHANGES}?{query}", 422))["status"] == 422
            await it.get(f"{PRODUCTS}/{it.ids()[0]}/history?cursor=1.2", 422)

    asyncio.run(scenario())
