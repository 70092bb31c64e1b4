"""The hot reads: bare ASGI, straight from the cache's bytes to the socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from ploomes_sync.api.admission import route_path
from ploomes_sync.api.bodies import invalid
from ploomes_sync.api.gate import service_of
from ploomes_sync.api.problems import NOT_FOUND, ApiError
from ploomes_sync.api.replies import send_answer
from ploomes_sync.cache.answer import Answer
from ploomes_sync.domain.search import SearchQuery

PRODUCTS = "/api/sync/products"
_BELOW = f"{PRODUCTS}/"
HISTORY = "/history"
LONGEST_WORDS = 200
_LONGEST = 500
_MOST_MONEY = Decimal(10) ** 15
_MOST_PARAMETERS = 40
_NAMES = frozenset(SearchQuery.__struct_fields__)
Read = Callable[[Scope], Awaitable[Answer[Any]]]


class HotRead:
    """One read as an ASGI application."""

    def __init__(self, path: str, read: Read) -> None:
        self._path = path
        self._read = read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the protocol
        """Answer one request."""
        scope["state"]["route"] = self._path
        await send_answer(scope, send, await self._read(scope))


class HotReads:
    """Answers the hot reads before the framework looks for a route, which takes it longer than the answer."""

    def __init__(self, app: ASGIApp, *, taken: frozenset[str]) -> None:
        self._app = app
        self._taken = taken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or leave it to the routes."""
        read = self._read(scope) if scope["type"] == "http" else None
        await (read or self._app)(scope, receive, send)

    def _read(self, scope: Scope) -> HotRead | None:
        path = route_path(scope)
        if scope["method"] not in ("GET", "HEAD") or not path.startswith(_BELOW):
            return None
        name = path[len(_BELOW) :]
        if name in self._taken or not name or name.endswith(HISTORY):
            return None
        if (fixed := _FIXED.get(name)) is not None:
            return fixed
        scope["state"]["product"] = name
        return _ONE


async def _product(scope: Scope) -> Answer[Any]:
    _parameters(scope, frozenset())
    answer = await service_of(scope).catalogue.product(scope["state"]["product"])
    if answer is None:
        raise ApiError(NOT_FOUND, "There is no product of this id or code.")
    return answer


async def _search(scope: Scope) -> Answer[Any]:
    return await service_of(scope).catalogue.search(search_query(_parameters(scope, _NAMES)))


async def _facets(scope: Scope) -> Answer[Any]:
    names = _NAMES - {"sort", "limit", "after"}
    return await service_of(scope).catalogue.facets(search_query(_parameters(scope, names)))


async def _categories(scope: Scope) -> Answer[Any]:
    _parameters(scope, frozenset())
    return await service_of(scope).catalogue.categories()


_FIXED = {
    "search": HotRead(f"{PRODUCTS}/search", _search),
    "facets": HotRead(f"{PRODUCTS}/facets", _facets),
    "categories": HotRead(f"{PRODUCTS}/categories", _categories),
}
_ONE = HotRead(f"{PRODUCTS}/{{id}}", _product)


def _parameters(scope: Scope, known: frozenset[str]) -> dict[str, str]:
    """Read the query; a name that is unknown, comes twice or is too long is refused."""
    raw = scope["query_string"]
    if not raw:
        return {}
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise invalid("query", f"may have {_MOST_PARAMETERS} parameters") from None
    found: dict[str, str] = {}
    for name, value in pairs:
        shown = f"query.{name[:40]}"
        if name not in known:
            raise invalid(shown, "there is no such parameter")
        if name in found:
            raise invalid(shown, "was given twice")
        if len(value) > (LONGEST_WORDS if name == "q" else _LONGEST):
            raise invalid(shown, "is too long")
        found[name] = value
    return {name: value for name, value in found.items() if value}


def search_query(parameters: dict[str, str]) -> SearchQuery:
    """Read what to search for; raises ApiError that names the parameter."""
    try:
        query = msgspec.convert(parameters, SearchQuery, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(*_complaint(str(error))) from None
    for name in ("min_price", "max_price"):
        price = getattr(query, name)
        if price is not None and not (price.is_finite() and abs(price) < _MOST_MONEY and _is_short(price)):
            raise invalid(f"query.{name}", "must be an amount of money such as 1250.50")
    return query


def _is_short(price: Decimal) -> bool:
    exponent = price.as_tuple().exponent
    return isinstance(exponent, int) and -10 <= exponent  # noqa: PLR2004, SIM300 - more digits than any money has


def _complaint(text: str) -> tuple[str, str]:
    """Take msgspec's complaint apart into field and message."""
    message, _, place = text.partition(" - at `$.")
    field = place.rstrip("`") or next((name for name in ("limit", "after") if message.startswith(name)), "")
    return f"query.{field}" if field else "query", message[:1].lower() + message[1:]
