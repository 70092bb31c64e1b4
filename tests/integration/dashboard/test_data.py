"""Quarantine, quality, charts and settings, as a browser gets them."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from integration.dashboard.browser import Browser, browser
from ploomes_sync.api import access
from ploomes_sync.domain.page import Reject, RejectReason
from ploomes_sync.domain.product import ProductId
from ploomes_sync.domain.token import Scope
from ploomes_sync.store import metrics, quarantine
from ploomes_sync.store.metrics import Sample
from served import Served, served, told

HOSTILE = '<script>alert("1")</script>'
QUIET = {"METRICS_INTERVAL_SECONDS": 0}
EVERYWHERE = ("/quarantine", "/quality", "/charts", "/settings", "/settings/values", "/settings/webhooks")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is known of callers be read afresh for each request."""
    monkeypatch.setattr(access, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(access, "_RENEW_SECONDS", 0.0)


async def park(it: Served, *rejects: tuple[int | None, RejectReason, str]) -> list[int]:
    async with it.app.db.transaction() as conn:
        await quarantine.park(
            conn,
            None,
            [
                Reject(None if number is None else ProductId(number), reason, f"Name: {HOSTILE}", payload)
                for number, reason, payload in rejects
            ],
        )
    return [row["id"] for row in await it.rows("select id from ploomes_sync.quarantine order by id")]


async def seen(visitor: Browser, path: str, status: int = 200, *, part: bool = False) -> str:
    """Return a page, which holds nothing hostile and stays within its policy."""
    answer = await visitor.visit(path, **({"hx-request": "true"} if part else {}))
    assert answer.status_code == status, answer.text[:500]
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert HOSTILE not in answer.text
    assert not re.search(r"<script(?! src)|\sstyle=|\son\w+=|javascript:", answer.text)
    return answer.text


def test_a_fresh_installation_shows_pages_that_say_there_is_nothing_yet(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings=QUIET) as it, browser(it) as visitor:
            assert "A quarentena está vazia" in await seen(visitor, "/quarantine")
            assert "Ainda não há produtos" in await seen(visitor, "/quality")
            assert "METRICS_INTERVAL_SECONDS é 0" in await seen(visitor, "/charts")
            assert "Nenhuma mensagem em 24 h" in await seen(visitor, "/settings/webhooks")
            assert "Ainda não há tokens" in await seen(visitor, "/settings/access")
            visitor.http.cookies.set("lang", "en")
            assert "The quarantine is empty" in await seen(visitor, "/quarantine")
            assert "There are no tokens yet" in await seen(visitor, "/settings/access")

    asyncio.run(scenario())


def test_whoever_may_read_sees_every_page_and_may_change_nothing(database_url: str) -> None:
    changes = ("/quarantine/retry", "/settings/access", "/settings/access/1/revoke", "/settings/sessions/end")

    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            await park(it, (1, RejectReason.NO_NAME, "{}"))
            await visitor.sign_in(await it.token("reader"))
            for path in (*EVERYWHERE, "/settings/access"):
                await seen(visitor, path)
            assert "peça um token com o escopo sync" in await seen(visitor, "/quarantine")
            for path in changes:
                assert (
                    await visitor.send(path, {"name": "mine", "scope": "admin", "days": "0"})
                ).status_code == 403
            assert [row["name"] for row in await it.rows("select name from ploomes_sync.api_tokens")] == ["reader"]
            assert await it.rows("select id from ploomes_sync.runs") == []

    asyncio.run(scenario())


def test_the_quarantine_shows_reasons_and_records_and_filters_them(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            await park(it, *((n, RejectReason.NO_NAME, f'{{"Id": {n}}}') for n in range(1, 61)))
            await park(it, (None, RejectReason.NO_ID, '{"Name": "a"}'))
            page = await seen(visitor, "/quarantine")
            assert ("61 registros" in page, page.count('data-test="record"')) == (True, 50)
            assert "só uma leitura completa o encontra" in page

            more = re.search(r'hx-get="([^"]+)"', page)
            assert more is not None
            rest = await seen(visitor, unescape(more[1]), part=True)
            assert ("<html" in rest, rest.count('data-test="record"'), "hx-get" in rest) == (False, 11, False)

            chosen = await seen(visitor, "/quarantine?reason=no_id")
            assert (chosen.count('data-test="record"'), "1 registro<" in chosen) == (1, True)
            assert "Nenhum registro com este filtro" in await seen(visitor, "/quarantine?reason=nonsense'--")
            await seen(visitor, "/quarantine?run=nonsense", 404)

    asyncio.run(scenario())


def test_a_record_shows_its_payload_with_the_fault_and_gives_it_as_a_file(database_url: str) -> None:
    payload = json.dumps({"Id": 5, "Name": HOSTILE})

    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            (record,) = await park(it, (5, RejectReason.NO_NAME, payload))
            page = await seen(visitor, f"/quarantine/{record}")
            assert re.search(r'<mark data-test="fault">&#34;Name&#34;: &#34;&lt;script&gt;', page)
            file = await visitor.visit(f"/quarantine/{record}/payload")
            assert (file.text, file.headers["content-type"]) == (payload, "text/plain; charset=utf-8")
            assert file.headers["content-disposition"] == f'attachment; filename="quarantine-{record}.txt"'
            for number in ("0", "999999", "9" * 30, "x", "-1"):
                await seen(visitor, f"/quarantine/{number}", 404)

    asyncio.run(scenario())


def test_asking_again_makes_a_run_of_one_of_a_reason_or_of_all(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            await visitor.sign_in(await it.token("operator", Scope.SYNC))
            one, *_ = await park(it, (11, RejectReason.NO_NAME, "a"), (12, RejectReason.NO_NAME, "b"))
            *_, nameless = await park(it, (13, RejectReason.BAD_DATE, "c"), (None, RejectReason.NO_ID, "d"))
            for form, ids in (({"id": str(one)}, [11]), ({"reason": "no_name"}, [11, 12]), ({}, [11, 12, 13])):
                answer = await visitor.send("/quarantine/retry", form)
                assert answer.status_code == 303
                run = answer.headers["location"].removeprefix("/runs/")
                asked = await it.app.run(UUID(run))
                assert (sorted(asked.request.ids), asked.request.origin) == (ids, "quarantine")
            answer = await visitor.send("/quarantine/retry", {"id": str(nameless)})
            assert answer.headers["location"] == "/quarantine?said=none"
            assert "nenhum destes registros tem um id" in await seen(visitor, "/quarantine?said=none")

    asyncio.run(scenario())


def test_quality_counts_lists_and_exports_in_the_reader_s_language(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, synced=True, products=120) as it, browser(it) as visitor:
            await it.rows(
                "update public.products_enhanced set name = %(name)s, ncm_code = null, product_type = 'product', "
                "base_price = 1234.5 returning id",
                name=HOSTILE,
            )
            counted = {check.key.value: check for check in await it.app.quality()}
            page = await seen(visitor, "/quality")
            for key, check in counted.items():
                card = page.split(f'data-test="check-{key}"')[1]
                assert f"<b>{check.count}</b>" in card[: card.index("</li>")]

            listed = await seen(visitor, "/quality/no_ncm")
            assert listed.count('data-test="product"') == 50
            assert "R$ 1.234,50" in listed
            more = re.search(r'hx-get="([^"]+)"', listed)
            assert more is not None
            assert (await seen(visitor, unescape(more[1]), part=True)).count('data-test="product"') > 0

            portuguese = await visitor.visit("/quality/no_ncm.csv")
            assert portuguese.headers["content-disposition"] == 'attachment; filename="no_ncm.csv"'
            assert ("Preço" in portuguese.text, ";1234,50" in portuguese.text) == (True, True)
            visitor.http.cookies.set("lang", "en")
            english = await visitor.visit("/quality/no_ncm.csv")
            assert ("Price" in english.text, ",1234.50" in english.text) == (True, True)
            book = await visitor.visit("/quality/no_ncm.xlsx")
            assert (book.status_code, book.content[:2]) == (200, b"PK")
            for path in (
                "/quality/nonsense",
                "/quality/no_ncm.pdf",
                "/quality/nonsense.csv",
                "/quality/no_ncm?cursor=x",
            ):
                await seen(visitor, path, 404)

    asyncio.run(scenario())


def test_the_charts_get_their_figures_at_once_with_gaps_where_nothing_was_measured(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings={"METRICS_INTERVAL_SECONDS": 3600}) as it, browser(it) as visitor:
            now = datetime.now(UTC)
            samples = [
                Sample(now - timedelta(hours=hours), {"products": 1500.0 + hours, "requests": 7200.0, "rows": 0.0})
                for hours in (5, 7, 30)
            ]
            async with it.app.db.transaction() as conn:
                await metrics.write(conn, "serve-1", samples)
            page = await seen(visitor, "/charts?range=24h")
            assert 'aria-current="page" data-test="range-24h"' in page
            assert "Nada é medido desde" not in page
            assert re.search(r'data-line="products".*?data-value>1\.505<', page)

            answer = await visitor.visit("/charts/data?range=24h")
            found: dict[str, Any] = answer.json()
            assert found["step"] == 7200
            products = found["lines"]["products"]
            assert [value for value in products["values"] if value is not None] == [1507, 1505]
            assert None in products["values"]
            assert products["told"] == ["1.505", "1.505", "1.506", "1.507"]
            assert max(value or 0 for value in found["lines"]["requests_per_second"]["values"]) == 60
            assert set(found["lines"]["rows_per_second"]["values"]) == {None, 0}
            visitor.http.cookies.set("lang", "en")
            assert (await visitor.visit("/charts/data?range=24h")).json()["lines"]["products"]["told"][
                0
            ] == "1,505"

    asyncio.run(scenario())


def test_the_settings_show_how_all_stands_and_no_secret(database_url: str) -> None:
    secret = "hunter2-hunter2-hunter2"
    chosen = {"PLOOME_API_KEY": secret, "PLOOMES_WEBHOOK_SECRET": secret, "SYNC_SCHEDULE": "off"}

    async def scenario() -> None:
        async with served(database_url, settings=chosen) as it, browser(it) as visitor:
            system = await seen(visitor, "/settings")
            assert "Nenhum trabalhador" in system
            assert "Sincronizar o que mudou" in system
            assert "desligado" in system
            values = await seen(visitor, "/settings/values")
            assert "PLOOMES_WEBHOOK_SECRET" in values
            await it.http.post(f"/webhook/ploomes/{secret}", content=told(it.ids()[0]))
            webhooks = await seen(visitor, "/settings/webhooks")
            assert "Produto alterado" in webhooks
            password = re.search(r"//[^:@/]*:([^@/]+)@", database_url)
            for page in (system, values, webhooks):
                assert secret not in page
                assert password is None or password[1] not in page

    asyncio.run(scenario())


def test_an_admin_makes_a_token_that_is_shown_once_and_revokes_it(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            made = await visitor.send("/settings/access", {"name": " maria ", "scope": "admin", "days": "90"})
            token = re.search(r'data-test="token-text">(pls_[\w-]+)<', made.text)
            assert (made.status_code, token is not None) == (200, True)
            assert token is not None
            assert made.headers["cache-control"] == "no-store"

            assert (await visitor.visit("/settings/access")).status_code == 303, "from now on all sign in"
            await visitor.sign_in({"authorization": f"Bearer {token[1]}"})
            page = await seen(visitor, "/settings/access")
            assert (token[1] in page, "é o seu" in page, "É o último" in page) == (False, True, True)

            hostile = await visitor.send("/settings/access", {"name": HOSTILE, "scope": "read", "days": "0"})
            assert (hostile.status_code, HOSTILE in hostile.text) == (200, False)
            for form, why in (
                ({"name": "maria", "scope": "read", "days": "90"}, "Já há um token com este nome"),
                ({"name": " ", "scope": "read", "days": "90"}, "de 1 a 80 caracteres"),
                ({"name": "a\nb", "scope": "read", "days": "90"}, "de 1 a 80 caracteres"),
                ({"name": "x", "scope": "root", "days": "90"}, "Escolha um papel"),
                ({"name": "x", "scope": "read", "days": "1e9"}, "Escolha um papel"),
            ):
                refused = await visitor.send("/settings/access", form)
                assert (refused.status_code, why in refused.text) == (422, True), form

            (other,) = await it.rows("select id from ploomes_sync.api_tokens where name <> 'maria'")
            gone = await visitor.send(f"/settings/access/{other['id']}/revoke")
            assert (gone.status_code, gone.headers["location"]) == (303, "/settings/access?said=revoked")
            assert (await visitor.send(f"/settings/access/{other['id']}/revoke")).status_code == 404
            assert (await visitor.send("/settings/access/maria/revoke")).status_code == 404
            assert "O token foi revogado" in await seen(visitor, "/settings/access?said=revoked")

    asyncio.run(scenario())


def test_a_token_that_is_called_like_another_s_number_is_not_revoked_with_it(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            mine = await it.token("admin", Scope.ADMIN)
            (first,) = await it.rows("select id from ploomes_sync.api_tokens")
            await it.token("other")
            (second,) = await it.rows("select id from ploomes_sync.api_tokens where name = 'other'")
            await it.token(str(second["id"]))
            await visitor.sign_in(mine)
            assert (await visitor.send(f"/settings/access/{second['id']}/revoke")).status_code == 303
            left = await it.rows("select id from ploomes_sync.api_tokens where revoked_at is null order by id")
            assert (left[0]["id"], len(left)) == (first["id"], 2)

    asyncio.run(scenario())


def test_ending_all_sessions_signs_everybody_out(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as boss, browser(it) as guest:
            await boss.sign_in(await it.token("boss", Scope.ADMIN))
            await guest.sign_in(await it.token("guest"))
            assert (await guest.visit("/quality")).status_code == 200
            assert (await boss.send("/settings/sessions/end")).status_code == 303
            assert [(await one.visit("/quality")).status_code for one in (boss, guest)] == [303, 303]

    asyncio.run(scenario())
