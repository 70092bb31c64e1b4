"""The dashboard in a real browser, on the running service, with a worker and a pretend Ploomes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from typing import Any

import pytest
from playwright.async_api import expect

from browsing import LAPTOP, PHONE, Visit, browsing
from ploomes_sync.domain.run import Strategy, SyncRequest
from ploomes_sync.domain.token import Scope
from served import Served, served, until

_NAME = "select name from public.products_enhanced where ploomes_product_id = %(id)s"
PAGES = ("/", "/sync", "/runs", "/products", "/changes", "/quarantine", "/quality", "/charts", "/settings")


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


async def token(it: Served, scope: Scope = Scope.ADMIN) -> str:
    return (await it.token(f"maria {scope}", scope))["authorization"].removeprefix("Bearer ")


async def sign_in(seen: Visit, token: str) -> None:
    """Come in by a token and be where one wanted to go."""
    await seen.open("/")
    await seen.at("token").fill(token)
    await seen.at("enter").click()
    await expect(seen.at("verdict")).to_be_visible()


def test_a_person_signs_in_starts_a_sync_and_sees_it_finish(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, worker=True, products=900, latency_ms=40) as it, browsing(it.url) as seen:
            await sign_in(seen, await token(it))
            await seen.at("start").first.click()
            await seen.page.locator('[data-test="strategy-batch"]').check(force=True)
            await expect(seen.at("planned")).to_have_text("Completa")
            await seen.page.get_by_role("button", name="Sincronizar agora").click()
            await seen.page.wait_for_url("**/runs/*")
            await expect(seen.page.locator('[data-status="succeeded"]')).to_be_visible(timeout=30_000)
            await expect(seen.at("fetched")).to_have_text("900")
            await seen.at("language").first.click()
            await expect(seen.page.locator("html")).to_have_attribute("lang", "en")
            await expect(seen.page.get_by_role("link", name="Runs").first).to_be_visible()
            await seen.at("sign-out").first.click()
            await expect(seen.at("token")).to_be_visible()

    run(scenario())


def test_what_is_typed_is_searched_and_a_product_tells_what_changed(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, worker=True, synced=True, products=900) as it, browsing(it.url) as seen:
            hit = (await it.get("/api/sync/products/search?q=filtro&limit=1"))["items"][0]
            key, price = int(hit["ploomes_product_id"]), 98_765.4
            it.simulator.edit_product(key, {"UnitPrice": price})
            await seen.open("/products")
            await seen.page.keyboard.press("/")
            await seen.page.keyboard.type("filtro", delay=30)
            await expect(seen.at("hit").first).to_contain_text(re.compile("filtro", re.IGNORECASE))
            await seen.page.wait_for_url("**q=filtro**")
            await seen.page.locator(f'[data-test="hit"][href*="{key}"]').click()
            await seen.page.get_by_role("button", name="Sincronizar agora").click()
            await expect(seen.at("history")).to_contain_text("98.765,40", timeout=30_000)
            await seen.page.go_back()
            await seen.open("/changes")
            await expect(seen.page.locator("main")).to_contain_text("98.765,40")

    run(scenario())


def test_a_held_deletion_is_confirmed_after_every_product_was_seen(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, worker=True, synced=True, products=600) as it, browsing(it.url) as seen:
            gone = it.ids()[:200]
            for key in gone:
                it.simulator.delete_product(key)
            await it.app.sync(SyncRequest(strategy=Strategy.BATCH))
            await seen.open("/")
            await seen.page.get_by_role("link", name=re.compile("exclusão de 200 produtos")).click()
            await expect(seen.at("held")).to_be_visible()
            await seen.at("missing").click()
            await expect(seen.at("missing-list").locator("tbody tr").first).to_be_visible()
            for key in gone[:2]:
                (row,) = await it.rows(_NAME, id=str(key))
                await expect(seen.at("missing-list")).to_contain_text(row["name"])
            await seen.at("agree").check()
            await seen.at("confirm").click()
            await expect(seen.page.locator('[data-status="succeeded"]')).to_be_visible(timeout=30_000)
            marked = await it.rows("select from public.products_enhanced where deleted_at is not null")
            assert len(marked) == len(gone)

    run(scenario())


def test_a_quarantined_record_is_looked_at_and_fetched_again(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, worker=True, synced=True, products=300) as it, browsing(it.url) as seen:
            key = it.ids()[5]
            it.put(key, Name=None)
            await it.app.sync(SyncRequest(strategy=Strategy.BATCH))
            await seen.open("/quarantine")
            await expect(seen.at("record")).to_have_count(1)
            await seen.at("record").get_by_role("link").first.click()
            await expect(seen.page.locator("#payload")).to_contain_text(str(key))
            it.put(key, Name="Consertado")
            await seen.at("retry").first.click()
            await seen.page.wait_for_url("**/runs/*")

            async def mended() -> bool:
                found = await it.rows("select from public.products_enhanced where name = 'Consertado'")
                return bool(found)

            await until(mended, seconds=30)
            await seen.open("/quarantine")
            await expect(seen.at("empty")).to_be_visible()

    run(scenario())


@pytest.mark.parametrize(("size", "dark"), [(LAPTOP, False), (PHONE, True)], ids=["laptop", "phone"])
def test_every_page_is_for_everybody_and_fits(database_url: str, size: tuple[int, int], *, dark: bool) -> None:
    async def scenario() -> None:
        async with (
            served(database_url, synced=True, products=300) as it,
            browsing(it.url, size=size, dark=dark) as seen,
        ):
            key = it.ids()[0]
            last = (await it.get("/api/sync/products/logs?limit=1"))["items"][0]["run_id"]
            for path in (*PAGES, f"/products/{key}", f"/runs/{last}", "/quality/no_ncm", "/settings?tab=access"):
                await seen.open(path)
                await seen.page.wait_for_load_state("networkidle")
                assert await seen.faults() == [], path
                assert await seen.width() == size[0], path
            if size is PHONE:
                await seen.at("more").click()
                await seen.page.locator(".sheet").get_by_role("link", name="Qualidade").click()
                await expect(seen.page.locator("h1")).to_contain_text("Qualidade")

    run(scenario())


def test_a_reader_sees_why_an_action_is_not_allowed_and_a_lost_service_is_told(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True, products=300) as it, browsing(it.url, strict=False) as seen:
            reading = await token(it, Scope.READ)
            await seen.open("/products")
            await seen.at("token").fill("pls_of-nobody")
            await seen.at("enter").click()
            await expect(seen.at("refused")).to_contain_text("não existe")
            await sign_in(seen, reading)
            await seen.open("/sync")
            refused = seen.page.get_by_role("button", name=re.compile("papel sincronização"))
            await expect(refused).to_have_attribute("aria-disabled", "true")
            await seen.open("/")
            await seen.page.context.set_offline(True)
            await expect(seen.page.locator("#lost")).to_be_visible(timeout=12_000)
            await seen.page.context.set_offline(False)
            await expect(seen.page.locator("#lost")).to_be_hidden(timeout=12_000)

    run(scenario())
