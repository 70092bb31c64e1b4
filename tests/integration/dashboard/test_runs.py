"""Runs as a browser gets them: asking for one, following it, its history, and deletions that wait for a person."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from uuid import UUID, uuid4

import pytest

from integration.dashboard.browser import Browser, browser
from ploomes_sync.api import access
from ploomes_sync.domain.run import RunStatus, Strategy, SyncRequest
from ploomes_sync.domain.token import Scope
from served import Served, served, until

HOSTILE = '<script>alert("1")</script>'
KEY = "0123456789abcdef" * 2
GATE = {"METRICS_INTERVAL_SECONDS": 0}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is known of callers be read afresh for each request."""
    monkeypatch.setattr(access, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(access, "_RENEW_SECONDS", 0.0)


async def seen(visitor: Browser, path: str, status: int = 200, *, part: bool = False) -> str:
    """Return a page, which holds nothing hostile and stays within its policy."""
    answer = await visitor.visit(path, **({"hx-request": "true"} if part else {}))
    assert answer.status_code == status, answer.text[:500]
    assert HOSTILE not in answer.text
    assert not re.search(r"<script(?! src)|\sstyle=|\son\w+=|javascript:", answer.text)
    return answer.text


def run_of(address: str) -> UUID:
    found = re.search(r"/runs/([0-9a-f-]{36})", address)
    assert found is not None, address
    return UUID(found[1])


async def asked(visitor: Browser, fields: dict[str, str]) -> str:
    """Send the form and return where it leads."""
    answer = await visitor.send("/sync", fields)
    assert answer.status_code == 303, answer.text[:500]
    return str(answer.headers["location"])


async def hold(it: Served) -> UUID:
    """Let forty products vanish from Ploomes, and a run meet that; one of them has a hostile name."""
    gone = it.ids()[:40]
    it.simulator.edit_product(gone[0], {"Name": HOSTILE})
    await it.app.sync(SyncRequest())
    for product_id in gone:
        it.simulator.delete_product(product_id)
    run = await it.app.sync(SyncRequest(strategy=Strategy.BATCH))
    assert run.status is RunStatus.NEEDS_CONFIRMATION
    return run.id


def test_a_fresh_installation_says_that_nothing_ran_yet_in_both_languages(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings=GATE) as it, browser(it) as visitor:
            assert "Nenhuma execução ainda" in await seen(visitor, "/runs")
            assert "Nenhuma execução com estes filtros" in await seen(visitor, "/runs?status=failed")
            assert "não existem e foram deixados" in await seen(visitor, "/runs?status=odd&since=x&after=y")
            assert "O que vai acontecer" in await seen(visitor, "/sync")
            visitor.http.cookies.set("lang", "en")
            assert "No runs yet" in await seen(visitor, "/runs")
            assert "What will happen" in await seen(visitor, "/sync")
            await seen(visitor, f"/runs/{uuid4()}", 404)
            await seen(visitor, f"/runs/{uuid4()}/live", 404)
            await seen(visitor, "/runs/nonsense", 404)

    asyncio.run(scenario())


def test_a_form_makes_one_run_however_often_it_is_sent_and_a_second_form_joins_it(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings=GATE) as it, browser(it) as visitor:
            fields = {"strategy": "batch", "key": KEY}
            first = await asked(visitor, fields)
            assert await asked(visitor, fields) == first
            joined = await asked(visitor, {"strategy": "batch", "key": KEY[::-1]})
            assert joined == f"{first}?joined=1"
            assert "Já estava em andamento" in await seen(visitor, joined)
            other = await asked(visitor, {"ids": str(it.ids()[0]), "key": KEY})
            assert run_of(other) != run_of(first)
            assert len(await it.rows("select id from ploomes_sync.runs")) == 2
            top = await seen(visitor, "/runs")
            assert (top.count(f'href="{first}"'), "Na fila" in top) == (1, True)

    asyncio.run(scenario())


def test_what_is_wrong_in_the_form_is_said_at_the_field_and_what_was_typed_stays(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings=GATE) as it, browser(it) as visitor:
            answer = await visitor.send("/sync", {"ids": f"12 {HOSTILE}", "strategy": "real-time"})
            assert answer.status_code == 422
            assert 'data-test="fault-ids"' in answer.text
            assert re.search(r'aria-invalid="true" aria-describedby="fault-ids"[^>]*>12 &lt;script', answer.text)
            assert HOSTILE not in answer.text
            assert await it.rows("select id from ploomes_sync.runs") == []

    asyncio.run(scenario())


def test_the_preview_tells_what_a_sync_would_cost_and_asks_ploomes_once_for_equal_choices(
    database_url: str,
) -> None:
    async def scenario() -> None:
        async with served(database_url, settings=GATE, synced=True) as it, browser(it) as visitor:
            it.simulator.reset_stats()
            for _ in range(5):
                page = await seen(visitor, "/sync/plan?strategy=batch", part=True)
            assert ("Completa" in page, "200" in page, "Descobre também" in page) == (True, True, True)
            assert it.simulator.stats.requests == 1
            page = await seen(visitor, "/sync?strategy=incremental&preview=1")
            assert "foi pedida a incremental" in page
            assert "Não descobre o que foi excluído" in page
            assert "não é um id" in await seen(visitor, "/sync/plan?ids=x", part=True)
            assert await it.rows("select id from ploomes_sync.runs where request ->> 'origin' = 'dashboard'") == []

    asyncio.run(scenario())


def test_a_run_that_has_ended_tells_what_it_changed_and_can_be_asked_for_again(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings=GATE, synced=True) as it, browser(it) as visitor:
            it.simulator.edit_product(it.ids()[3], {"UnitPrice": 4711})
            run = await it.app.sync(SyncRequest(strategy=Strategy.BATCH))
            page = await seen(visitor, f"/runs/{run.id}")
            assert f'href="/changes?run_id={run.id}"' in page
            assert f"/changes?run_id={run.id}&amp;columns=base_price" in page
            assert ("foi pedida a completa" in page, "data-live" in page) == (True, False)
            again = await visitor.send(f"/runs/{run.id}/again", {"key": KEY})
            assert (again.status_code, run_of(again.headers["location"]) != run.id) == (303, True)
            assert (await visitor.send(f"/runs/{run.id}/cancel")).status_code == 409

    asyncio.run(scenario())


def test_a_queued_run_can_be_cancelled(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings=GATE) as it, browser(it) as visitor:
            run_id = run_of(await asked(visitor, {"key": KEY}))
            assert "Deixar continuar" in await seen(visitor, f"/runs/{run_id}/cancel")
            assert (await visitor.send(f"/runs/{run_id}/cancel")).status_code == 303
            assert "Cancelada" in await seen(visitor, f"/runs/{run_id}")
            assert (await it.app.run(run_id)).status is RunStatus.CANCELLED

    asyncio.run(scenario())


def test_an_error_is_shown_with_what_to_do_about_it(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings=GATE, worker=True, key="another") as it, browser(it) as visitor:
            run_id = run_of(await asked(visitor, {"key": KEY}))

            async def failed() -> bool:
                return (await it.app.run(run_id)).status is RunStatus.FAILED

            await until(failed)
            page = await seen(visitor, f"/runs/{run_id}")
            assert "O Ploomes recusou a chave (401)" in page
            assert "ponha a chave atual do usuário de integração" in page
            assert "O Ploomes recusou a chave (401)" in await seen(visitor, "/runs?error_class=authentication")

    asyncio.run(scenario())


def test_a_held_deletion_is_listed_and_done_only_by_who_agrees_to_its_number(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings=GATE, synced=True) as it, browser(it) as visitor:
            run_id = await hold(it)
            page = await seen(visitor, f"/runs/{run_id}")
            assert "40 produtos sumiram do Ploomes" in page
            assert "Excluir 40 produtos" in page
            listed = await seen(visitor, f"/runs/{run_id}/missing")
            assert listed.count("/products/") >= 40
            assert "&lt;script&gt;" in listed
            assert str(run_id) in await seen(visitor, "/runs"), "it stands at the top"
            for agreed in ({}, {"agreed": "39"}):
                refused = await visitor.send(f"/runs/{run_id}/confirm", agreed)
                assert (refused.status_code, "Marque que você conferiu" in refused.text) == (422, True)
            assert (await it.app.run(run_id)).status is RunStatus.NEEDS_CONFIRMATION
            assert (await visitor.send(f"/runs/{run_id}/confirm", {"agreed": "40"})).status_code == 303
            run = await it.app.run(run_id)
            assert (run.status, run.request.allow_deletes) == (RunStatus.QUEUED, 40)
            assert (await visitor.send(f"/runs/{run_id}/confirm", {"agreed": "40"})).status_code == 409

    asyncio.run(scenario())


def test_each_role_does_what_it_may_and_is_told_why_not(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings=GATE, synced=True) as it, browser(it) as visitor:
            run_id = await hold(it)
            await visitor.sign_in(await it.token("reader"))
            page = await seen(visitor, f"/runs/{run_id}")
            assert "papel administração" in page
            assert "papel sincronização" in await seen(visitor, "/sync")
            assert "hx-get" not in (await seen(visitor, "/sync")).partition("<main")[2]
            for path in ("cancel", "again", "confirm"):
                assert (await visitor.send(f"/runs/{run_id}/{path}", {"agreed": "40"})).status_code == 403
            assert (await visitor.send("/sync", {"key": KEY})).status_code == 403
            await seen(visitor, "/sync/plan", 403, part=True)
            await visitor.sign_in(await it.token("syncer", Scope.SYNC))
            assert (await visitor.send(f"/runs/{run_id}/confirm", {"agreed": "40"})).status_code == 403
            assert (await it.app.run(run_id)).status is RunStatus.NEEDS_CONFIRMATION
            assert (await visitor.send(f"/runs/{run_id}/cancel")).status_code == 303

    asyncio.run(scenario())


def test_the_history_goes_on_where_the_page_before_ended(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings=GATE) as it, browser(it) as visitor:
            await it.rows(
                "with made as (insert into ploomes_sync.runs (request, status, error, created_at) "
                "select jsonb_build_object('origin', 'cli'), 'failed', %(error)s, now() - n * interval '1 minute' "
                "from generate_series(1, 60) n returning id) select count(*) from made",
                error=HOSTILE,
            )
            page = await seen(visitor, "/runs?status=failed")
            assert (page.count("/runs/"), "&lt;script&gt;" in page) == (50, True)
            more = re.search(r'hx-get="(/runs\?[^"]+after[^"]+)"', page)
            assert more is not None
            rest = await seen(visitor, unescape(more[1]), part=True)
            assert ("<html" in rest, rest.count('href="/runs/'), "hx-get" in rest) == (False, 10, False)
            whole = await seen(visitor, unescape(more[1]))
            assert whole.count('href="/runs/') == 10, "without scripts the link leads to a page"

    asyncio.run(scenario())


def test_a_run_is_followed_as_it_goes_on_and_the_stream_says_when_it_has_ended(database_url: str) -> None:
    async def scenario() -> None:
        settings = {**GATE, "HTTP_MAX_STREAMS": 2}
        async with (
            served(database_url, settings=settings, products=900, latency_ms=40) as it,
            browser(it) as visitor,
        ):
            run_id = run_of(await asked(visitor, {"key": KEY}))
            address = f"/runs/{run_id}/live"
            assert f'data-live="{address}"' in await seen(visitor, f"/runs/{run_id}")
            assert "Na fila" in await seen(visitor, f"/runs/{run_id}/now", part=True)

            opened = asyncio.Semaphore(0)

            async def follow() -> str:
                async with visitor.http.stream("GET", address) as stream:
                    assert stream.headers["content-type"].startswith("text/event-stream")
                    opened.release()
                    return "".join([text async for text in stream.aiter_text()])

            followers = [asyncio.create_task(follow()) for _ in range(2)]
            for _ in followers:
                await opened.acquire()
            assert (await visitor.visit(address)).status_code == 429
            await it.app.sync(SyncRequest())
            for told in await asyncio.gather(*followers):
                assert told.count("event: now") >= 2
                assert 'data-status="succeeded"' in told
                assert "event: ended" in told.rpartition("event: now")[2]
            assert (await visitor.visit(f"/runs/{run_id}")).status_code == 200

    asyncio.run(asyncio.wait_for(scenario(), 60))
