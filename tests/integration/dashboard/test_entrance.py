from __future__ import annotations

import asyncio

import httpx2
import pytest

from integration.dashboard.browser import PAGE, VISIT, browser
from ploomes_sync.api import access
from ploomes_sync.dashboard import create_site
from ploomes_sync.domain.token import Scope
from served import PRODUCTS, problem, served

API = ("/api", "/api/sync/whoami", "/webhook/ploomes", "/metrics", "/openapi.json", "/metrics/x")
PAGES = ("/", "/apis", "/openapi.jsonx", "/sign-in", "/link/x", "/nothing")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is known of callers be read afresh for each request."""
    monkeypatch.setattr(access, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(access, "_RENEW_SECONDS", 0.0)


def checked(answer: httpx2.Response, status: int) -> httpx2.Response:
    """Check what every answer of the dashboard must have."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:300]}"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    expected = {
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-store",
    }
    assert {name: answer.headers.get_list(name) for name in expected} == {
        name: [value] for name, value in expected.items()
    }
    assert answer.headers["x-request-id"]
    return answer


def test_the_api_and_the_dashboard_share_one_address(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            for path in API:
                answer = await it.http.get(path)
                kind = answer.headers["content-type"]
                assert "json" in kind or kind.startswith("text/plain"), path
                assert answer.headers["referrer-policy"] == "no-referrer"
            for probe in ("/livez", "/readyz"):
                assert (await it.http.get(probe)).status_code == 200
            for path in PAGES:
                answer = await it.http.get(path, headers=VISIT)
                assert answer.headers["content-type"].startswith("text/html"), path

    asyncio.run(scenario())


def test_every_answer_is_a_page_with_safe_headers_whatever_happens(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with served(database_url, settings={"HTTP_MAX_BODY_BYTES": 1024}) as it, browser(it) as visitor:
            checked(await visitor.visit(), 200)
            lost = checked(await visitor.visit("/nothing", **{"x-request-id": "mine.1"}), 404)
            assert lost.headers["content-type"].startswith("text/html")
            assert lost.headers["x-request-id"] == "mine.1"
            assert "mine.1" in lost.text
            checked(await visitor.send("/"), 405)
            checked(await visitor.send("/sign-in", {"token": "x" * 2000}), 413)
            json = {"origin": it.url, "content-type": "application/json"}
            checked(await visitor.http.post("/sign-in", content=b"{}", headers=json), 415)
            form = json | {"content-type": "application/x-www-form-urlencoded"}
            checked(await visitor.http.post("/sign-in", content=b"token=%ff", headers=form), 400)
            checked(
                await visitor.http.post("/sign-in", content=b"&".join([b"a="] * 2001)[:1000], headers=form), 401
            )

            def broken(*_: object) -> None:
                raise RuntimeError("postgresql://user:hunter2@db/x")

            monkeypatch.setattr("ploomes_sync.dashboard.visitor.Visitor.require", broken)
            assert "hunter2" not in checked(await visitor.send("/sync"), 500).text
            await it.token("front")
            checked(await visitor.visit(), 303)

    asyncio.run(scenario())


def test_only_our_own_pages_may_change_anything(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            await visitor.sign_in(await it.token("admin", Scope.ADMIN))
            assert (await visitor.send("/sync")).status_code == 303
            strangers: tuple[dict[str, str], ...] = (
                {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
                {"sec-fetch-site": "same-site", "origin": it.url},
                {"origin": "https://evil.example"},
                {"origin": "null"},
                {"referer": it.url},
                {},
            )
            for headers in strangers:
                for path in ("/sync", "/sign-out", "/sign-in", f"/link/{it.links.make()}"):
                    answer = checked(await visitor.http.post(path, headers=PAGE | headers), 403)
                    assert "set-cookie" not in answer.headers, (path, headers)
            assert (await visitor.http.post("/sync", headers={"origin": it.url})).status_code == 303
            image = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
            checked(await visitor.visit("/", **image), 403)
            checked(await visitor.visit("/", **{"sec-fetch-site": "cross-site"}), 200)

    asyncio.run(scenario())


def test_scripts_that_are_not_signed_in_are_told_so_and_not_redirected(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            await it.token("front")
            for current, way in (
                (f"{it.url}/runs?status=failed#x", "/sign-in?next=/runs%3Fstatus%3Dfailed"),
                (f"{it.url}/", "/sign-in"),
                ("http://[", "/sign-in"),
                ("https://evil.example//evil.example", "/sign-in"),
                ("", "/sign-in"),
            ):
                asked = {"hx-request": "true", "hx-current-url": current, "accept": "text/html"}
                answer = checked(await visitor.http.get("/products?q=x", headers=asked), 401)
                assert answer.headers["hx-redirect"] == way
            checked(await visitor.http.get("/runs/1/live", headers={"accept": "text/event-stream"}), 401)
            assert checked(await visitor.send("/sync"), 303).headers["location"] == "/sign-in"

    asyncio.run(scenario())


def test_without_tokens_this_machine_alone_is_served(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as here:
            page = checked(await here.visit(), 200)
            assert "este computador" in page.text
            assert "/sign-out" not in page.text
            assert (await here.send("/sync")).status_code == 303
            for name in ("x-forwarded-for", "forwarded", "x-real-ip", "via"):
                checked(await here.visit("/", **{name: "192.0.2.7"}), 303)
            for host in ("rebound.example", "127.0.0.1.example", "rebound.example:8000"):
                async with browser(it, host) as rebound:
                    checked(await rebound.visit(), 403)
                    checked(await rebound.send("/sync"), 403)

            # A one-time link proves who reads what the process prints, wherever the browser is.
            async with browser(it, "dash.example") as afar:
                checked(await afar.send(f"/link/{it.links.make()}"), 303)
                assert (
                    "one-time link" in checked(await afar.visit("/", **{"x-forwarded-for": "192.0.2.7"}), 200).text
                )

    asyncio.run(scenario())


def test_a_client_from_elsewhere_is_sent_to_the_sign_in(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:
            site = create_site(it.app.settings, it.app)
            for address, status in (("192.0.2.7", 303), ("2001:db8::1", 303), ("nonsense", 303), ("::1", 200)):
                transport = httpx2.ASGITransport(app=site, client=(address, 5000))
                async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
                    checked(await http.get("/"), status)

    asyncio.run(scenario())


def test_a_session_opens_the_pages_and_not_the_api(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            header = await it.token("front")
            await visitor.sign_in(header)
            assert problem(await visitor.http.get("/api/sync/whoami"))["status"] == 401
            assert (await it.http.get("/", headers=header)).status_code == 303
            assert (await it.http.get(f"{PRODUCTS}/categories", headers=header)).status_code == 200

    asyncio.run(scenario())


def test_pages_and_api_share_their_limits(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        begun, hold = asyncio.Event(), asyncio.Event()

        async def slow(*_: object) -> None:
            begun.set()
            await hold.wait()

        monkeypatch.setattr("ploomes_sync.service.app.PloomesSync.logs", slow)
        limits = {"HTTP_MAX_IN_FLIGHT": 1, "HTTP_RATE_LIMIT_PER_MINUTE": 60}
        async with served(database_url, settings=limits) as it, browser(it) as visitor:
            header = await it.token("front")
            await visitor.sign_in(header)
            held = asyncio.create_task(it.http.get(f"{PRODUCTS}/logs", headers=header))
            await begun.wait()
            assert checked(await visitor.visit(), 503).headers["retry-after"] == "1"
            hold.set()
            assert (await held).status_code == 200
            while (answer := await it.http.get("/api/sync/whoami", headers=header)).status_code == 200:
                pass
            assert problem(answer)["status"] == 429
            checked(await visitor.visit(), 429)

    asyncio.run(scenario())


def test_strangers_who_send_nothing_take_no_place_of_who_is_known(database_url: str) -> None:
    async def scenario() -> None:
        limits = {"HTTP_MAX_IN_FLIGHT": 1, "HTTP_TIMEOUT_SECONDS": 20}
        async with served(database_url, settings=limits) as it, browser(it) as visitor:
            await visitor.sign_in(await it.token("front"))
            host = it.url.removeprefix("http://")
            head = f"POST /sign-in HTTP/1.1\r\nhost: {host}\r\norigin: {it.url}\r\ncontent-length: 20\r\n\r\n"
            opened = [await asyncio.open_connection("127.0.0.1", int(host.partition(":")[2])) for _ in range(20)]
            for _, writer in opened:
                writer.write(head.encode())
                await writer.drain()
            for _ in range(20):
                checked(await visitor.visit(), 200)
            full = checked(await visitor.send("/sign-in", {"token": "pls_x"}), 503)
            assert full.headers["retry-after"] == "1"
            for _, writer in opened:
                writer.close()
                await writer.wait_closed()

    asyncio.run(scenario())


def test_what_is_long_is_compressed(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            long = "/" + "x" * 1900
            page = await visitor.visit(f"/sign-in?next={long}", **{"accept-encoding": "gzip"})
            assert page.headers["content-encoding"] == "gzip"
            assert long in page.text

    asyncio.run(scenario())
