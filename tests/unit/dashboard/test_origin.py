from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from ploomes_sync.dashboard.origin import by_tls, is_own

HOST = {"host": "dash.example:8000"}
OWN = {"origin": "http://dash.example:8000"}
FOREIGN = {"origin": "https://evil.example"}
LINK = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}

# What changes something, by its headers: may it come in?
CHANGES: list[tuple[dict[str, str], bool]] = [
    ({"sec-fetch-site": "same-origin"}, True),
    ({"sec-fetch-site": "same-origin", **OWN}, True),
    ({"sec-fetch-site": "same-origin", "origin": "https://dash.example"}, True),
    ({"sec-fetch-site": "same-site", **OWN}, False),
    ({"sec-fetch-site": "cross-site"}, False),
    ({"sec-fetch-site": "cross-site", **OWN}, False),
    ({"sec-fetch-site": "cross-site", **LINK}, False),
    ({"sec-fetch-site": "none"}, False),
    ({"sec-fetch-site": ""}, False),
    (OWN, True),
    ({"origin": "https://dash.example:8000"}, True),
    ({"origin": "HTTP://Dash.Example:8000"}, True),
    ({"origin": "http://dash.example"}, False),
    ({"origin": "http://dash.example:8001"}, False),
    ({"origin": "http://dash.example:8000.evil.example"}, False),
    ({"origin": "http://user@dash.example:8000"}, False),
    (FOREIGN, False),
    ({"origin": "null"}, False),
    ({"origin": "http://["}, False),
    ({"origin": ""}, False),
    ({"referer": "http://dash.example:8000/"}, False),
    ({}, False),
]
READS: list[tuple[dict[str, str], bool]] = [
    ({}, True),
    ({"sec-fetch-site": "none", **LINK}, True),
    ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, True),
    ({"sec-fetch-site": "cross-site", **LINK}, True),
    ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, False),
    ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, False),
    ({"sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, False),
]
TLS: list[tuple[str, dict[str, str], bool]] = [
    ("http", {}, False),
    ("https", {}, True),
    ("http", {"origin": "https://dash.example"}, True),
    ("http", {"origin": "http://https.example"}, False),
    ("http", {"origin": "https://["}, True),
    ("http", {"x-forwarded-proto": "https, http"}, True),
    ("http", {"x-forwarded-proto": "http"}, False),
]


def lets_in(method: str, headers: dict[str, str]) -> bool:
    return is_own(method, Headers(headers))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "QUERY"])
@pytest.mark.parametrize(("headers", "good"), CHANGES)
def test_only_our_own_pages_may_change_anything(method: str, headers: dict[str, str], good: bool) -> None:  # noqa: FBT001 - a table
    assert lets_in(method, HOST | headers) is good


def test_without_a_host_no_origin_is_ours() -> None:
    assert not lets_in("POST", {"origin": "http://"})
    assert not lets_in("POST", {"host": "", "origin": "://"})


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("headers", "good"), READS)
def test_other_sites_may_lead_here_and_not_read_here(method: str, headers: dict[str, str], good: bool) -> None:  # noqa: FBT001 - a table
    assert lets_in(method, HOST | headers) is good


@pytest.mark.parametrize(("scheme", "headers", "tls"), TLS)
def test_tls_is_taken_from_whoever_says_so(scheme: str, headers: dict[str, str], tls: bool) -> None:  # noqa: FBT001 - a table
    assert by_tls({"type": "http", "scheme": scheme}, Headers(headers)) is tls
