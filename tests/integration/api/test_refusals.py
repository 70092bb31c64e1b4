from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from ploomes_sync import telemetry
from ploomes_sync.api.limits import Room
from ploomes_sync.cache.catalogue import Catalogue
from served import PRODUCTS, problem, served

JSON = {"content-type": "application/json"}
BODIES: list[tuple[str, Any, str]] = [
    ("", {"urgencyy": "high"}, "body.urgencyy"),
    ("", {"urgency": "extreme"}, "body.urgency"),
    ("", {"productIds": ["1 or 1=1"]}, "body.productIds.0"),
    ("", {"productIds": [1.5]}, "body.productIds.0"),
    ("", {"productIds": [True]}, "body.productIds.0"),
    ("", {"productIds": [0]}, "body.productIds.0"),
    ("", {"productIds": [1 << 63]}, "body.productIds.0"),
    ("", {"productIds": 1}, "body.productIds"),
    ("", {"productIds": [1], "categories": ["rentals"]}, "body"),
    ("", {"strategy": "'; drop table runs; --"}, "body.strategy"),
    ("", {"dryRun": "yes"}, "body.dryRun"),
    ("", {"allowDeletes": -1}, "body.allowDeletes"),
    ("", {"businessContext": {"affectsPricing": True, "mood": True}}, "body.businessContext.BusinessContext.mood"),
    ("", {"categories": ["rentals') or (1 eq 1"]}, "body.categories"),
    ("", {"categories": [""]}, "body.categories.0"),
    ("", [], "body"),
    ("/full", {"productIds": [1]}, "body.productIds"),
    ("/full", {"strategy": "incremental"}, "body.strategy"),
    ("/real-time", {}, "body.productIds"),
    ("/real-time", {"productIds": []}, "body.productIds"),
    ("/rentals", {"categories": ["atlas"]}, "body.categories"),
]
QUERIES: list[tuple[str, dict[str, Any], str]] = [
    ("search", {"limit": 0}, "query.limit"),
    ("search", {"limit": "1; drop"}, "query.limit"),
    ("search", {"limit": 501}, "query.limit"),
    ("search", {"colour": "red"}, "query.colour"),
    ("search", {"type": "boat"}, "query.type"),
    ("search", {"sort": "name; --"}, "query.sort"),
    ("search", {"min_price": "NaN"}, "query.min_price"),
    ("search", {"max_price": "1e999999"}, "query.max_price"),
    ("search", {"in_stock": "perhaps"}, "query.in_stock"),
    ("search", {"after": "[]"}, "query.after"),
    ("search", {"q": "x" * 201}, "query.q"),
    ("search?q=a&q=b", {}, "query.q"),
    ("facets", {"limit": 3}, "query.limit"),
    ("categories", {"a": 1}, "query.a"),
    ("logs", {"since": "yesterday"}, "query.since"),
    ("logs", {"since": "2026-01-31T12:00:00"}, "query.since"),
    ("logs", {"status": "fine"}, "query.status"),
    ("logs", {"after": "x' or 'a'='a"}, "query.after"),
    ("logs", {"limits": 1}, "query.limits"),
]


def test_what_is_wrong_with_a_body_is_named(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            for path, body, field in BODIES:
                answer = await it.http.post(f"{PRODUCTS}{path}", json=body)
                assert answer.status_code == 422, (path, body, answer.text)
                assert problem(answer)["errors"][0]["field"].startswith(field), answer.text
            unknown = await it.post(PRODUCTS, {"categories": ["boats"]}, 422)
            assert "rentals, services, atlas, ingersoll, omie" in unknown["detail"]
            assert await it.rows("select from ploomes_sync.runs") == []

    asyncio.run(scenario())


def test_what_is_wrong_with_a_query_is_named(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            for path, query, field in QUERIES:
                answer = await it.http.get(f"{PRODUCTS}/{path}", params=query or None)
                assert answer.status_code == 422, (path, query, answer.text)
                assert problem(answer)["errors"][0]["field"] == field, answer.text

    asyncio.run(scenario())


def test_a_body_that_is_no_json_is_refused(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            for content in (b"{", b'{"a": ', b"\xff\xfe", b"[" * 100_000):
                answer = await it.http.post(PRODUCTS, content=content, headers=JSON)
                assert problem(answer)["status"] in (400, 422), content[:10]
            for media in ("text/plain", "application/x-www-form-urlencoded", "application/xml", ""):
                answer = await it.http.post(PRODUCTS, content=b"{}", headers={"content-type": media})
                assert problem(answer)["status"] == 415, media

    asyncio.run(scenario())


def test_injections_and_tricks_with_paths_find_nothing(database_url: str) -> None:
    tricks = (
        "' or '1'='1",
        "1;select pg_sleep(9)",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "%ff%fe",
        "$filter=Id gt 0",
        "x" * 4000,
        "%F0%9F%92%A9",
        "1/../../../livez",
    )

    async def scenario() -> None:
        async with served(database_url, synced=True) as it:
            for trick in tricks:
                answer = await it.http.get(
                    httpx2.URL(it.url, raw_path=f"{PRODUCTS}/{trick}".replace(" ", "%20").encode())
                )
                assert problem(answer)["status"] == 404, trick
            for words in (
                "' or 1=1 --",
                "\x00",
                "%' and 1=0",
                "a & b | !",
                "\\",
                "<script>alert(1)</script>",
                "(((",
            ):
                page = await it.get(f"{PRODUCTS}/search", params={"q": words, "limit": 3})
                assert "<script>" not in json.dumps([hit["highlight"] for hit in page["items"]])
            await it.get("/api/sync/runs/1", 422)
            await it.get("/api/sync/runs/0b5f0c5e-7b1c-4f2e-9a57-3d1f6f0a9c11", 404)

    asyncio.run(scenario())


def test_an_unknown_address_or_method_is_told_as_such(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            await it.get("/api", 404)
            await it.get("/api/sync/product", 404)
            await it.post(f"{PRODUCTS}/boats", status=405)
            for method, path in (("DELETE", PRODUCTS), ("GET", PRODUCTS), ("PUT", f"{PRODUCTS}/search")):
                answer = await it.http.request(method, path)
                assert problem(answer)["status"] == 405
                assert answer.headers["allow"] == ("GET" if path.endswith("search") else "POST")

    asyncio.run(scenario())


def test_a_body_that_is_too_large_is_refused_even_in_pieces(database_url: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"urgency": "'
        for _ in range(30):
            yield b"x" * 100
        yield b'"}'

    async def scenario() -> None:
        async with served(database_url, settings={"HTTP_MAX_BODY_BYTES": 1024}) as it:
            await it.post(PRODUCTS, {"urgency": "x" * 2000}, 413)
            answer = await it.http.post(PRODUCTS, content=pieces(), headers=JSON)
            assert problem(answer)["status"] == 413
            await it.post(PRODUCTS, {"urgency": "high"})

    asyncio.run(scenario())


def test_a_body_that_does_not_come_is_given_up(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings={"HTTP_TIMEOUT_SECONDS": 0.2}) as it:
            port = httpx2.URL(it.url).port
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = "POST /api/sync/products HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            writer.write(f"{head}content-length: 20\r\n\r\n{{".encode())
            answer = await asyncio.wait_for(reader.read(20), 60)
            assert answer.startswith(b"HTTP/1.1 408")
            writer.close()
            await writer.wait_closed()

    asyncio.run(scenario())


def test_an_error_that_nobody_foresaw_tells_nothing_but_its_id(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret: postgresql://user:hunter2@db/catalogue pls_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")

    monkeypatch.setattr(Catalogue, "product", broken)
    monkeypatch.setattr("ploomes_sync.service.app.PloomesSync.logs", broken)

    async def scenario() -> None:
        async with served(database_url) as it:
            for path in (f"{PRODUCTS}/1", f"{PRODUCTS}/logs"):
                answer = await it.http.get(path, headers={"x-request-id": "my-id.1"})
                document = problem(answer)
                assert (document["status"], document["request_id"]) == (500, "my-id.1")
                assert "secret" not in answer.text

    telemetry.configure(json=True, level="error")
    try:
        asyncio.run(scenario())
    finally:
        telemetry.configure(json=False, level="critical")
    logged = capsys.readouterr().err
    assert "my-id.1" in logged
    assert "Traceback" in logged
    assert "hunter2" not in logged
    assert "pls_aaaa" not in logged


def test_an_id_of_a_request_is_kept_when_it_is_harmless(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            kept = await it.http.get("/livez", headers={"x-request-id": "a-1"})
            assert kept.headers["x-request-id"] == "a-1"
            for bad in ("", "a b", "x" * 65, "<b>"):
                made = (await it.http.get("/livez", headers={"x-request-id": bad})).headers["x-request-id"]
                assert made != bad
                assert len(made) == 16

    asyncio.run(scenario())


def test_whoever_asks_too_often_waits(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url, settings={"HTTP_RATE_LIMIT_PER_MINUTE": 60}) as it:
            answers = [await it.http.get("/api/sync/whoami") for _ in range(15)]

            assert [answer.status_code for answer in answers[:10]] == [200] * 10
            assert problem(answers[-1])["status"] == 429
            assert int(answers[-1].headers["retry-after"]) >= 1
            assert (await it.http.get("/livez")).status_code == 200

    asyncio.run(scenario())


def test_more_than_can_be_done_at_once_is_sent_away_before_it_hurts(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone_on = asyncio.Event()

    async def slow(*_: object) -> None:
        await gone_on.wait()

    monkeypatch.setattr(Catalogue, "product", slow)
    monkeypatch.setattr(Room.__init__, "__defaults__", (0.1,))

    async def scenario() -> None:
        async with served(database_url, settings={"HTTP_MAX_IN_FLIGHT": 2}) as it:
            asked = [asyncio.create_task(it.http.get(f"{PRODUCTS}/{number}")) for number in range(8)]
            done, held = await asyncio.wait(asked, timeout=1.5)
            assert len(held) == 2
            for task in done:
                answer = task.result()
                assert problem(answer)["status"] == 503
                assert answer.headers["retry-after"] == "1"
            await it.get("/livez")
            gone_on.set()
            assert [problem(task.result())["status"] for task in (await asyncio.wait(held))[0]] == [404, 404]
            await it.get("/api/sync/whoami")

    asyncio.run(scenario())
