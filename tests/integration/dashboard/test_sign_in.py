from __future__ import annotations

import asyncio
import re

import pytest

from integration.dashboard.browser import Browser, browser
from ploomes_sync.api import access
from ploomes_sync.dashboard import session
from ploomes_sync.domain.token import Scope
from ploomes_sync.errors import StoreDownError
from ploomes_sync.store import sessions, tokens
from served import Served, served, until

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def impatient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is known of callers be read afresh for each request, except where its age is the matter."""
    if "patiently" not in request.node.name:
        monkeypatch.setattr(access, "FRESH_SECONDS", 0.0)
        monkeypatch.setattr(access, "_RENEW_SECONDS", 0.0)


async def is_out(visitor: Browser) -> bool:
    answer = await visitor.visit()
    assert answer.status_code in (200, 303), answer.text
    return answer.status_code == 303


def test_a_token_signs_in_and_leads_to_the_page_that_was_asked_for(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            token = await it.token("front", Scope.SYNC)
            sent_away = await visitor.visit("/runs?status=failed&q=a%2Fb")
            assert (sent_away.status_code, sent_away.headers["location"]) == (
                303,
                "/sign-in?next=/runs%3Fstatus%3Dfailed%26q%3Da%252Fb",
            )
            form = await visitor.visit(sent_away.headers["location"])
            assert 'value="/runs?status=failed&amp;q=a%2Fb"' in form.text

            entered = await visitor.sign_in(token, "/runs?status=failed&q=a%2Fb")
            assert (entered.status_code, entered.headers["location"]) == (303, "/runs?status=failed&q=a%2Fb")
            cookie = entered.headers["set-cookie"]
            assert re.fullmatch(
                r"ploomes_sync_\d+=\d+\.\d+\.\d+\.[\w-]{43}; Max-Age=43200; Path=/; HttpOnly; SameSite=Lax", cookie
            )
            assert token["authorization"][7:] not in cookie
            assert "front · sincronização" in (await visitor.visit()).text
            (row,) = await it.rows("select last_used_at from ploomes_sync.api_tokens")
            assert row["last_used_at"] is not None

    asyncio.run(scenario())


def test_a_wrong_token_is_refused_and_the_form_stays(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            await it.token("front")
            for wrong in ("", "pls_wrong", "x" * 5000, "pls_" + "x" * 5000, "pls_\x00é"):
                answer = await visitor.send("/sign-in", {"token": wrong, "next": "/runs"})
                assert (answer.status_code, "set-cookie" in answer.headers) == (401, False), wrong
                assert 'value="/runs"' in answer.text
                assert wrong == "" or wrong not in answer.text
            assert await is_out(visitor)

    asyncio.run(scenario())


def test_guessing_is_slowed_down_and_does_not_slow_who_is_signed_in(database_url: str) -> None:
    async def scenario() -> None:
        limit = {"HTTP_RATE_LIMIT_PER_MINUTE": 60}
        async with served(database_url, settings=limit) as it, browser(it) as guesser, browser(it) as known:
            await known.sign_in(await it.token("front"))
            answers = [await guesser.send("/sign-in", {"token": f"pls_{number}"}) for number in range(15)]
            assert [answer.status_code for answer in answers[-3:]] == [429] * 3
            assert int(answers[-1].headers["retry-after"]) >= 1
            assert answers[-1].headers["content-type"].startswith("text/html")
            assert (await known.visit()).status_code == 200

    asyncio.run(scenario())


def test_a_session_ends_with_its_token_and_has_its_scope(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as reader, browser(it) as short:
            await reader.sign_in(await it.token("reader", Scope.READ))
            await short.sign_in(await it.token("short", Scope.ADMIN))
            refused = await reader.send("/sync")
            assert refused.status_code == 403
            assert "sync" in refused.text
            assert (await short.send("/settings/sessions/end")).status_code != 403

            async with it.app.db.transaction() as conn:
                assert await tokens.revoke(conn, "reader") is not None
                await conn.execute("update ploomes_sync.api_tokens set expires_at = now() where name = 'short'")
            assert await is_out(reader)
            assert await is_out(short)

    asyncio.run(scenario())


def test_a_revocation_is_felt_patiently_within_five_seconds(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            await visitor.sign_in(await it.token("front"))
            assert not await is_out(visitor)
            async with it.app.db.transaction() as conn:
                await tokens.revoke(conn, "front")
            await until(lambda: is_out(visitor), access.FRESH_SECONDS + 1)

    asyncio.run(scenario())


def test_a_session_ends_with_its_token_though_the_token_is_still_known_patiently(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            token = await it.token("short", days=2 / 86_400)
            monkeypatch.setattr(access, "_RENEW_SECONDS", 60.0)
            await visitor.sign_in(token)
            assert not await is_out(visitor)
            await until(lambda: is_out(visitor), 5)

    asyncio.run(scenario())


def test_a_new_secret_ends_every_session(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as one, browser(it) as two:
            await one.sign_in(await it.token("one"))
            await two.send(f"/link/{it.links.make()}")
            assert [await is_out(visitor) for visitor in (one, two)] == [False, False]
            async with it.app.db.transaction() as conn:
                await sessions.renew(conn)
            assert [await is_out(visitor) for visitor in (one, two)] == [True, True]

    asyncio.run(scenario())


def test_signing_out_forgets_the_session_here_and_nowhere_else(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as one, browser(it) as two:
            token = await it.token("front")
            await one.sign_in(token)
            await two.sign_in(token)
            assert (await one.visit("/sign-out")).status_code == 405
            left = await one.send("/sign-out")
            assert (left.status_code, left.headers["location"]) == (303, "/sign-in")
            assert "Max-Age=0" in left.headers["set-cookie"]
            assert [await is_out(visitor) for visitor in (one, two)] == [True, False]

    asyncio.run(scenario())


def test_a_session_in_use_is_renewed_and_an_idle_one_ends(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            await visitor.sign_in(await it.token("front"))
            assert "set-cookie" not in (await visitor.visit()).headers
            with monkeypatch.context() as patch:
                patch.setattr(session, "_RENEW_SECONDS", 0)
                renewed = await visitor.visit()
            assert "Max-Age=43200" in renewed.headers["set-cookie"]
            assert not await is_out(visitor)
            monkeypatch.setattr(session, "IDLE_SECONDS", 0)
            assert await is_out(visitor)

    asyncio.run(scenario())


def test_a_link_lets_in_once_and_looking_at_it_does_not_use_it_up(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor, browser(it) as late:
            await it.token("front")
            link = f"/link/{it.links.make()}"
            assert (await visitor.http.head(link)).status_code == 200
            for _ in range(2):
                assert 'data-test="enter"' in (await visitor.visit(link)).text
            assert await is_out(visitor)

            entered = await visitor.send(link)
            assert (entered.status_code, entered.headers["location"]) == (303, "/")
            assert "administração" in (await visitor.visit()).text
            for again in (await late.send(link), await late.visit(link), await late.visit("/link/unknown")):
                assert (again.status_code, "set-cookie" in again.headers) == (410, False)
                assert "token" in again.text
            assert await is_out(late)

    asyncio.run(scenario())


def test_cookies_that_we_did_not_write_let_nobody_in(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it) as visitor:
            await it.token("front")
            port = it.url.rpartition(":")[2]
            for value in ("", "0.1.1.x", "1.1.1.", "x" * 4000, "0.99999999999.99999999999." + "A" * 43):
                answer = await visitor.visit(cookie=f"ploomes_sync_{port}={value}")
                assert answer.status_code == 303, value

    asyncio.run(scenario())


def test_the_cookie_is_for_tls_alone_where_the_browser_speaks_tls(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with served(database_url) as it, browser(it, "dash.example") as visitor:
            token = await it.token("front")
            visitor.origin = "https://dash.example"
            cookie = (await visitor.sign_in(token)).headers["set-cookie"]
            assert cookie.startswith("__Host-ploomes_sync=")
            assert cookie.endswith("; Secure")
            shown = cookie.partition(";")[0]
            with monkeypatch.context() as patch:
                patch.setattr(session, "_RENEW_SECONDS", 0)
                renewed = await visitor.visit(cookie=shown)
            assert renewed.status_code == 200
            assert renewed.headers["set-cookie"].startswith("__Host-ploomes_sync=")
            assert renewed.headers["set-cookie"].endswith("; Secure")
            renamed = shown.removeprefix("__Host-")
            assert (await visitor.visit(cookie=renamed)).status_code == 303

            visitor.origin = "http://dash.example"
            plain = (await visitor.sign_in(token)).headers["set-cookie"].partition(";")[0]
            assert plain.startswith("ploomes_sync=")
            visitor.http.cookies.clear()
            assert (await visitor.visit(cookie=plain)).status_code == 200
            over_tls = {"cookie": plain, "x-forwarded-proto": "https"}
            assert (await visitor.visit(**over_tls)).status_code == 303

    asyncio.run(scenario())


def test_who_is_signed_in_goes_on_while_the_database_is_away(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(it: Served, visitor: Browser, stranger: Browser) -> None:
        await visitor.sign_in(await it.token("front"))
        assert not await is_out(visitor)

        async def away(_: object) -> None:
            raise StoreDownError("away")

        monkeypatch.setattr(tokens, "snapshot", away)
        for _ in range(3):
            assert not await is_out(visitor)
        assert await is_out(stranger)

    async def opened() -> None:
        async with served(database_url) as it, browser(it) as visitor, browser(it) as stranger:
            await scenario(it, visitor, stranger)

    asyncio.run(opened())


def test_processes_that_begin_at_once_share_one_secret(database_url: str) -> None:
    async def scenario() -> None:
        async with served(database_url) as it:

            async def ask() -> bytes:
                async with it.app.db.transaction() as conn:
                    return await sessions.secret(conn)

            found = await asyncio.gather(*(ask() for _ in range(6)))
            assert len(set(found)) == 1
            assert len(found[0]) == 32
            (row,) = await it.rows("select count(*)::int as made from ploomes_sync.session_secrets")
            assert row["made"] == 1

    asyncio.run(scenario())
