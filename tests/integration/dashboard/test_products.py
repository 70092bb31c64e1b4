"""The pages of products and of what changed in them, asked for as a browser does."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from typing import Any

import pytest

from integration.dashboard.browser import Browser, browser
from ploomes_sync.domain.history import LogQuery
from ploomes_sync.domain.run import SyncRequest
from ploomes_sync.domain.token import Scope
from ploomes_sync.service.app import PloomesSync
from served import Served, served, until
from servers import Server

HOSTILE = '<script>alert("x")</script> Bomba & "cia"'
HTMX = {"hx-request": "true", "hx-current-url": "http://127.0.0.1/products?q=bo"}


@asynccontextmanager
async def catalogue(
    database_url: str,
    **options: Any,  # noqa: ANN401 - settings
) -> AsyncIterator[tuple[Served, Browser]]:
    async with served(database_url, synced=True, **options) as it, browser(it) as visitor:
        yield it, visitor


def put(it: Served, product_id: int, **fields: object) -> None:
    """Let Ploomes serve a product with these fields."""
    record = {**json.loads(it.simulator.truth_of(product_id)), **fields}
    record["LastUpdateDate"] = "2031-01-02T03:04:05-03:00"
    it.simulator.put_raw(product_id, json.dumps(record).encode())


async def part(visitor: Browser, path: str, status: int = 200) -> str:
    """Return what a script of the page asks for."""
    answer = await visitor.visit(path, **HTMX)
    assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:400]}"
    return answer.text


async def page(visitor: Browser, path: str, status: int = 200) -> str:
    answer = await visitor.visit(path)
    assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:400]}"
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def names(text: str) -> list[str]:
    return re.findall(r'href="/products/(\d+)" data-hit', text)


def test_products_are_found_narrowed_and_paged(database_url: str) -> None:
    async def scenario() -> None:
        async with catalogue(database_url) as (_, visitor):
            first = await page(visitor, "/products")
            assert "<h1>Produtos</h1>" in first
            assert "200 produtos" in first or 'hx-get="/products/facets"' in first
            assert len(names(first)) == 50
            (more,) = re.findall(r'hx-get="(/products/more\?[^"]+)"', first)
            second = await part(visitor, more.replace("&amp;", "&"))
            assert second.startswith("<tbody>")
            assert len(names(second)) == 50
            assert not set(names(first)) & set(names(second))
            counted = await part(visitor, "/products/facets")
            assert re.search(r'hx-target="#total"[^>]*>\s*200 produtos', counted)
            (services,) = re.findall(r'value="service".*?<small>(\d+)</small>', counted)
            assert len(names(await page(visitor, "/products?type=service"))) == int(services)

    asyncio.run(scenario())


def test_what_is_found_while_typing_keeps_the_address(database_url: str) -> None:
    async def scenario() -> None:
        async with catalogue(database_url) as (_, visitor):
            answer = await visitor.visit("/products/found?q=bom&type=&sort=", **HTMX)
            assert answer.headers["hx-replace-url"] == "/products?q=bom"
            answer = await visitor.visit("/products/found?q=bo&type=kit&min_price=1.000,50", **HTMX)
            assert answer.headers["hx-push-url"] == "/products?q=bo&type=kit&min_price=1000.50"
            assert 'hx-get="/products/facets?q=bo&amp;type=kit&amp;min_price=1000.50"' in answer.text

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "parameters",
    [
        "type=tractor",
        "min_price=cheap",
        "sort=best",
        "after=nowhere",
        "after=%5B%22name%22,0,%22x%22,99999999999999999999999%5D",
        "in_stock=perhaps&active=2",
    ],
)
def test_an_address_that_makes_no_sense_is_no_accident(database_url: str, parameters: str) -> None:
    async def scenario() -> None:
        async with catalogue(database_url) as (_, visitor):
            shown = await page(visitor, f"/products?{parameters}")
            assert 'data-test="ignored"' in shown
            assert len(names(shown)) == 50

    asyncio.run(scenario())


def test_nothing_found_suggests_what_to_do_and_an_empty_catalogue_says_so(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            assert "O catálogo ainda está vazio" in await page(visitor, "/products")
            assert "A primeira carga não conta" in await page(visitor, "/changes")
            await it.app.sync(SyncRequest())
            nothing = await page(visitor, "/products?q=zzqqxx&type=kit")
            assert 'data-test="clear-filters"' in nothing
            assert 'href="/products?q=zzqqxx&amp;type=kit&amp;deleted=true"' in nothing
            assert "Nenhuma alteração passa" in await page(visitor, "/changes?kind=removed")

    asyncio.run(scenario())


def test_a_hostile_name_is_shown_and_does_nothing(database_url: str) -> None:
    async def scenario() -> None:
        async with catalogue(database_url) as (it, visitor):
            one = it.ids()[0]
            put(it, one, Name=HOSTILE, Code='"><img src=x>', ImageUrl="javascript:alert(1)")
            await it.app.sync(SyncRequest(ids=(one,)))
            paths = (
                "/products?q=bomba",
                f"/products/{one}",
                "/changes",
                f"/products/{one}/payload",
                f"/products/{one}/why",
            )
            for path in paths:
                shown = await page(visitor, path)
                assert "<script>alert" not in shown, path
                assert "<img src=x" not in shown, path
                assert 'href="javascript' not in shown, path
            assert escape(HOSTILE, quote=False).split(" ")[0] in await page(visitor, "/products?q=bomba")
            assert "<mark>Bomba</mark>" in await page(visitor, "/products?q=bomba")
            echoed = await page(visitor, "/products?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
            assert "<script>alert" not in echoed
            assert "<script>alert" not in await page(visitor, "/products/%3Cscript%3Ealert(1)%3C%2Fscript%3E", 404)

    asyncio.run(scenario())


def test_a_product_tells_what_is_known_and_what_changed(database_url: str) -> None:
    async def scenario() -> None:
        async with catalogue(database_url) as (it, visitor):
            one = it.ids()[0]
            put(it, one, Name="Compressor novo", Code="CN-1", UnitPrice=2500.5)
            run = await it.app.sync(SyncRequest(ids=(one,)))
            shown = await page(visitor, f"/products/{one}")
            assert '<h1 class="break" data-test="name">Compressor novo</h1>' in shown
            assert "R$ 2.500,50" in shown or "US$ 2.500,50" in shown
            assert f'href="/runs/{run.id}"' in shown
            assert "Compressor novo</b>" in shown
            by_code = await visitor.visit("/products/CN-1")
            assert (by_code.status_code, by_code.headers["location"]) == (303, f"/products/{one}")
            record = await part(visitor, f"/products/{one}/payload")
            assert "&#34;UnitPrice&#34;: 2500.5" in record
            assert "<html" not in record
            assert "<html" in await page(visitor, f"/products/{one}/payload")
            assert "Tipo" in await part(visitor, f"/products/{one}/why")
            assert "Nothing has changed" in await english(visitor, f"/products/{it.ids()[1]}")

    asyncio.run(scenario())


async def english(visitor: Browser, path: str) -> str:
    await visitor.send("/preferences", {"lang": "en"})
    shown = await page(visitor, path)
    assert '<html lang="en"' in shown
    return shown


def test_a_deleted_product_says_when_and_by_which_run(database_url: str) -> None:
    async def scenario() -> None:
        async with catalogue(database_url) as (it, visitor):
            one = it.ids()[0]
            it.simulator.delete_product(one)
            run = await it.app.sync(SyncRequest(ids=(one,)))
            shown = await page(visitor, f"/products/{one}")
            assert re.search(rf'data-test="deleted".*href="/runs/{run.id}"', shown)
            assert str(one) not in names(await page(visitor, "/products"))
            removed = await page(visitor, "/changes?kind=removed")
            assert f'href="/products/{one}"' in removed
            assert "Estoque" not in removed.split('data-test="feed"')[1]

    asyncio.run(scenario())


def test_an_unknown_product_is_a_page_of_its_own(database_url: str) -> None:
    async def scenario() -> None:
        async with catalogue(database_url) as (_, visitor):
            shown = await page(visitor, "/products/987654321", 404)
            assert 'data-test="unknown"' in shown
            assert 'action="/products/987654321/sync"' in shown
            assert "/sync" not in (await page(visitor, "/products/XYZ", 404)).split('data-test="unknown"')[1]
            for part in ("now", "history", "payload", "why"):
                await page(visitor, f"/products/987654321/{part}", 404)

    asyncio.run(scenario())


def test_a_sync_of_one_product_is_followed_to_its_end(database_url: str) -> None:
    async def scenario() -> None:
        async with catalogue(database_url, worker=True) as (it, visitor):
            one = it.ids()[0]
            put(it, one, Name="Depois")
            asked = await visitor.send(f"/products/{one}/sync")
            assert asked.status_code == 303
            run_id = asked.headers["location"].partition("?run=")[2]
            assert 'data-test="run"' in await page(visitor, asked.headers["location"])

            async def ended() -> bool:
                return 'data-open="no"' in await part(visitor, f"/products/{one}/run/{run_id}")

            await until(ended)
            note = await part(visitor, f"/products/{one}/run/{run_id}")
            assert "o produto foi atualizado" in note
            assert f'hx-get="/products/{one}/now"' in note

            async def shown() -> bool:
                return "Depois" in await part(visitor, f"/products/{one}/now")

            await until(shown)
            await part(visitor, f"/products/{it.ids()[1]}/run/{run_id}", 404)
            assert 'data-test="run"' not in await page(visitor, f"/products/{it.ids()[1]}?run={run_id}")
            assert 'data-test="run"' not in await page(visitor, f"/products/{one}?run=x")

    asyncio.run(scenario())


def test_readers_see_all_and_start_nothing(database_url: str) -> None:
    async def scenario() -> None:
        async with catalogue(database_url) as (it, visitor):
            reader, operator = await it.token("leitora"), await it.token("operadora", Scope.SYNC)
            await visitor.sign_in(reader)
            one = it.ids()[0]
            shown = await page(visitor, f"/products/{one}")
            assert re.search(r'aria-disabled="true"[^>]*data-test="sync-now"', shown)
            assert "Custo" in shown
            refused = await visitor.send(f"/products/{one}/sync")
            assert refused.status_code == 403
            assert await runs(it.app) == 1
            await visitor.sign_in(operator)
            assert (await visitor.send(f"/products/{one}/sync")).status_code == 303
            assert (await visitor.send("/products/CODE/sync")).status_code == 404
            assert await runs(it.app) == 2

    asyncio.run(scenario())


async def runs(app: PloomesSync) -> int:
    return len((await app.logs(LogQuery())).items)


def test_the_feed_is_filtered_paged_and_tells_of_news(database_url: str) -> None:
    async def scenario() -> None:
        async with catalogue(database_url) as (it, visitor):
            assert 'data-test="nothing"' in await page(visitor, "/changes")
            ids = it.ids()[:60]
            for number, one in enumerate(ids):
                put(it, one, Name=f"Item {number}", UnitPrice=number + 0.5)
            run = await it.app.sync(SyncRequest(ids=tuple(ids)))
            feed = await page(visitor, f"/changes?run_id={run.id}&column=name")
            assert feed.count('data-test="change"') == 50
            assert feed.count('class="day"') == 1
            (more,) = re.findall(r'hx-get="(/changes/more\?[^"]+)"', feed)
            rest = await part(visitor, more.replace("&amp;", "&"))
            assert rest.count('data-test="change"') == 10
            assert 'class="day"' not in rest
            (newest,) = re.findall(r"newest=(\d+)", feed)
            assert "nova" not in await part(visitor, f"/changes/news?newest={newest}")
            assert "mais de 20 novas alterações" in await part(visitor, "/changes/news?newest=0")
            assert "2 novas alterações" in await part(visitor, f"/changes/news?newest={int(newest) - 2}")
            answer = await visitor.visit("/changes/found?column=base_price&kind=&since=", **HTMX)
            assert answer.headers["hx-push-url"] == "/changes?column=base_price"
            assert 'data-test="nothing"' in await page(visitor, "/changes?since=2199-01-01")
            odd = await page(visitor, "/changes?column=x&kind=y&run_id=z&since=w&cursor=-1")
            assert 'data-test="ignored"' in odd

    asyncio.run(scenario())


def test_pages_answer_from_memory_while_the_database_is_away(own_server: Server) -> None:
    async def scenario() -> None:
        async with catalogue(own_server.dsn("mirror")) as (it, visitor):
            one = it.ids()[0]
            assert names(await page(visitor, "/products"))
            await page(visitor, f"/products/{one}")
            own_server.stop()

            async def stale() -> bool:
                return 'data-test="stale-list"' in await page(visitor, "/products")

            await until(stale)
            product = await page(visitor, f"/products/{one}")
            assert "O histórico não pode ser lido agora" in product
            refused = await visitor.visit("/products/found?q=never-asked-before", **HTMX)
            assert refused.status_code == 503

    asyncio.run(scenario())
