"""A browser as far as the entrance can tell: it keeps cookies and says where a request comes from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx2

from served import Served

PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
VISIT = {**PAGE, "sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


class Browser:
    """Asks as a person's browser would; `http` holds its cookies."""

    def __init__(self, http: httpx2.AsyncClient, origin: str) -> None:
        self.http = http
        self.origin = origin

    async def visit(self, path: str = "/", **headers: str) -> httpx2.Response:
        return await self.http.get(path, headers=VISIT | headers)

    async def send(self, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> httpx2.Response:
        """Send a form of our own pages."""
        own = {**PAGE, "origin": self.origin, "sec-fetch-site": "same-origin"}
        return await self.http.post(path, data=dict(fields or {}), headers=own | headers)

    async def sign_in(self, token: Mapping[str, str], path: str = "") -> httpx2.Response:
        """Sign in with the token of an Authorization header."""
        text = token["authorization"].removeprefix("Bearer ")
        return await self.send("/sign-in", {"token": text, "next": path})


@asynccontextmanager
async def browser(it: Served, host: str | None = None) -> AsyncIterator[Browser]:
    """Open a browser of its own; `host` is the name by which it knows the service."""
    headers = {} if host is None else {"host": host}
    async with httpx2.AsyncClient(base_url=it.url, timeout=30, headers=headers) as http:
        yield Browser(http, it.url if host is None else f"http://{host}")
