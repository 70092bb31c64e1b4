from __future__ import annotations

import pytest

from ploomes_sync.dashboard.session import (
    IDLE_SECONDS,
    LONGEST_SECONDS,
    Session,
    cookie,
    cookie_name,
    due,
    own_path,
    seal,
    seconds_left,
    unseal,
)

SECRET, NAME, NOW = b"s" * 32, "ploomes_sync_8000", 1_800_000_000
SESSION = Session(7, NOW, NOW)


@pytest.mark.parametrize("token", [7, None])
def test_what_was_sealed_is_read_again(token: int | None) -> None:
    session = Session(token, NOW - 60, NOW)

    assert unseal(seal(session, SECRET, NAME), SECRET, NAME, NOW) == session


def test_every_change_of_a_character_is_noticed() -> None:
    value = seal(SESSION, SECRET, NAME)
    for place, character in enumerate(value):
        for other in "0A.-":
            if other != character:
                changed = value[:place] + other + value[place + 1 :]
                assert unseal(changed, SECRET, NAME, NOW) is None, changed


@pytest.mark.parametrize(
    "value", ["", ".", "...", "7.1.1.", "1.2.3.é", "\x00", "x" * 5000, "7.1800000000.1800000000"]
)
def test_what_we_did_not_write_is_refused(value: str) -> None:
    assert unseal(value, SECRET, NAME, NOW) is None


def test_a_seal_is_good_for_its_secret_and_its_cookie_only() -> None:
    value = seal(SESSION, SECRET, NAME)

    assert unseal(value, b"t" * 32, NAME, NOW) is None
    assert unseal(value, SECRET, f"__Host-{NAME}", NOW) is None


def test_an_idle_session_ends_and_one_in_use_lasts_a_week() -> None:
    idle = seal(SESSION, SECRET, NAME)
    assert unseal(idle, SECRET, NAME, NOW + IDLE_SECONDS - 1) is not None
    assert unseal(idle, SECRET, NAME, NOW + IDLE_SECONDS) is None

    used = Session(7, NOW, NOW + LONGEST_SECONDS - 60)
    assert unseal(seal(used, SECRET, NAME), SECRET, NAME, NOW + LONGEST_SECONDS - 1) is not None
    assert unseal(seal(used, SECRET, NAME), SECRET, NAME, NOW + LONGEST_SECONDS) is None
    assert seconds_left(used, used.renewed) == 60
    assert seconds_left(SESSION, NOW) == IDLE_SECONDS


def test_a_session_is_renewed_now_and_then_only() -> None:
    assert not due(SESSION, NOW + 599)
    assert due(SESSION, NOW + 600)


def test_neither_a_script_nor_another_site_nor_plain_http_gets_the_cookie() -> None:
    assert cookie(NAME, "v", 60) == "ploomes_sync_8000=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"
    secure = cookie_name("dash.example", secure=True)
    assert cookie(secure, "v", 60) == ("__Host-ploomes_sync=v; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1:8000", "ploomes_sync_8000"),
        ("[::1]:8001", "ploomes_sync_8001"),
        ("dash.example", "ploomes_sync"),
        ("dash.example:x;y", "ploomes_sync"),
        ("", "ploomes_sync"),
    ],
)
def test_services_on_two_ports_of_a_host_have_a_cookie_each(host: str, name: str) -> None:
    assert cookie_name(host, secure=False) == name


@pytest.mark.parametrize("path", ["/", "/products?q=filtro&limit=5", "/runs/1", "/products/%C3%A9"])
def test_signing_in_leads_to_the_page_that_was_asked_for(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "products",
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "/a\\b",
        "/\t/evil.example",
        "\t//evil.example",
        "/\n//evil.example",
        "/a\r\nset-cookie: x=y",
        "javascript:alert(1)",
        "/ /evil.example",
        "/é",
        "/" + "x" * 2001,
        "/sign-in?next=/",
        "/sign-out",
        "/link/abc",
    ],
)
def test_signing_in_never_leads_to_another_site_or_back_to_a_door(path: str | None) -> None:
    assert own_path(path) == "/"
