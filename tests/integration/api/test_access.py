from __future__ import annotations

import asyncio

import httpx2
import pytest

from ploomes_sync.api import access
from ploomes_sync.domain.token import Scope
from ploomes_sync.store import tokens
from served import PRODUCTS, Served, problem, served, until

RUN = "/api/sync/runs/0b5f0c5e-7b1c-4f2e-9a57-3d1f6f0a9c11"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tokens be read afresh for each request."""
    monkeypatch.setattr(access, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(access, "_RENEW_SECONDS", 0.0)


async def refused(
    it: Served,
    status: int,
    method: str = "GET",
    path: str = "/api/sync/whoami",
    headers: dict[str, str] | None = None,
) -> None:
    answer = await it.http.request(method, path, headers=headers)
    assert problem(answer)["status"] == status, answer.text


@pytest.mark.usefixtures("impatient")
def test_a_token_may_do_what_its_scope_says_and_no_more(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            read, sync, admin = [await it.token(scope.value, scope) for scope in Scope]
            for header in (read, sync, admin):
                await it.get(f"{PRODUCTS}/categories", headers=header)
            await refused(it, 403, "POST", PRODUCTS, headers=read)
            await it.post(PRODUCTS, headers=sync)
            await it.post(PRODUCTS, headers=admin)
            await refused(it, 403, "POST", f"{RUN}/confirm", headers=sync)
            await it.post(f"{RUN}/confirm", status=404, headers=admin)

    asyncio.run(scenario())


@pytest.mark.usefixtures("impatient")
def test_once_a_token_exists_nobody_is_served_without_one(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            await it.get("/api/sync/whoami")
            header = await it.token("dashboard")
            assert await it.get("/api/sync/whoami", headers=header) == {"name": "dashboard", "scope": "read"}

            for path in ("/api/sync/whoami", f"{PRODUCTS}/search", f"{PRODUCTS}/1", "/metrics", "/openapi.json"):
                answer = await it.http.get(path)
                assert (answer.status_code, answer.headers["www-authenticate"][:6]) == (401, "Bearer")
            wrong = header["authorization"][:-1] + ("A" if header["authorization"][-1] != "A" else "B")
            for bad in (wrong, "Basic YTpi", "Bearer", "Bearer " + "x" * 5000, "pls_", "Bearer pls_" + "x" * 300):
                await refused(it, 401, headers={"authorization": bad})
            for open_path in ("/livez", "/readyz"):
                await it.get(open_path)

    asyncio.run(scenario())


@pytest.mark.usefixtures("impatient")
def test_a_revoked_or_expired_token_is_refused_and_never_opens_the_door_again(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            header, short = await it.token("one"), await it.token("two", days=1)
            await it.get("/api/sync/whoami", headers=header)
            async with it.app.db.transaction() as conn:
                assert await tokens.revoke(conn, "one") is not None
                assert await tokens.revoke(conn, "one") is None
                await conn.execute("update ploomes_sync.api_tokens set expires_at = now() where name = 'two'")

            for gone in (header, short):
                await refused(it, 401, headers=gone)
            await refused(it, 401)

    asyncio.run(scenario())


def test_a_revocation_is_felt_within_seconds_and_costs_no_query_a_request(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            header = await it.token("one")
            await it.get("/api/sync/whoami", headers=header)
            async with it.app.db.transaction() as conn:
                await tokens.revoke(conn, "one")

            async def is_refused() -> bool:
                return (await it.http.get("/api/sync/whoami", headers=header)).status_code == 401

            await until(is_refused, access.FRESH_SECONDS + 1)

    asyncio.run(scenario())


@pytest.mark.usefixtures("impatient")
def test_a_token_is_kept_as_a_hash_and_its_use_is_noted(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            header = await it.token("one")
            for _ in range(3):
                await it.get("/api/sync/whoami", headers=header)

            (row,) = await it.rows("select api_tokens::text as all, last_used_at from ploomes_sync.api_tokens")
            assert header["authorization"].removeprefix("Bearer ") not in row["all"]
            assert row["last_used_at"] is not None

    asyncio.run(scenario())


def test_without_a_token_only_this_machine_itself_is_served(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            await it.get("/api/sync/whoami", headers={"host": "localhost:8000"})
            for name in ("x-forwarded-for", "forwarded", "x-real-ip", "via"):
                await refused(it, 401, headers={name: "127.0.0.1"})
            await refused(it, 403, headers={"host": "rebound.example"})
            await refused(it, 403, headers={"host": "127.0.0.1.example"})
            origin = {"origin": "https://evil.example"}
            await refused(it, 403, "POST", f"{PRODUCTS}/full", headers=origin)
            for strange in ("null", "http://[", ""):
                await refused(it, 403, "POST", f"{PRODUCTS}/full", headers={"origin": strange})
            await it.post(f"{PRODUCTS}/full", headers={"origin": it.url})

    asyncio.run(scenario())


def test_a_client_from_elsewhere_is_refused_without_a_token(database_url: str) -> None:
    from ploomes_sync.api import create_api

    async def scenario() -> None:
        async with served(database_url) as it:
            api = create_api(it.app.settings, it.app)
            for address in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "nonsense"):
                transport = httpx2.ASGITransport(app=api, client=(address, 5000))
                async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
                    answer = await http.get("/api/sync/whoami")
                assert problem(answer)["status"] == 401
            for address in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"):
                transport = httpx2.ASGITransport(app=api, client=(address, 5000))
                async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
                    assert (await http.get("/api/sync/whoami")).status_code == 200

    asyncio.run(scenario())


def test_pages_of_other_origins_get_nothing_unless_they_are_named(database_url: str) -> None:
    origin = "https://catalogue.example"
    preflight = {"origin": origin, "access-control-request-method": "POST"}

    async def scenario() -> None:
        async with served(database_url) as it:
            await refused(it, 403, "OPTIONS", PRODUCTS, headers=preflight)
        async with served(database_url, settings={"HTTP_CORS_ORIGINS": f" {origin}/ , https://b.example"}) as it:
            answer = await it.http.options(PRODUCTS, headers=preflight)
            assert answer.headers["access-control-allow-origin"] == origin
            answer = await it.http.get("/api/sync/whoami", headers={"origin": origin})
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, origin)
            await refused(it, 403, headers={"origin": "https://c.example"})

    asyncio.run(scenario())
