"""Who may come in: tokens are listed, made and revoked, and everybody is signed out."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ploomes_sync.api.gate import service_of
from ploomes_sync.api.problems import NOT_FOUND, ApiError
from ploomes_sync.dashboard.forms import read_form
from ploomes_sync.dashboard.render import page
from ploomes_sync.dashboard.views import settings as view
from ploomes_sync.dashboard.visitor import visitor_of
from ploomes_sync.domain.token import Scope, token_name
from ploomes_sync.store import sessions, tokens

_PATH = "/settings/access"
DAYS = (30, 90, 365, 0)
"""For how many days a token may be made; 0 is for ever."""
_MOST_DIGITS = 18


async def show(request: Request) -> Response:
    """Show the tokens."""
    return await _page(request)


async def make(request: Request) -> Response:
    """Make a token and show it, this once."""
    visitor_of(request.scope).require(Scope.ADMIN)
    form = await read_form(request)
    typed, scope, days = (str(form.get(name, "")) for name in ("name", "scope", "days"))
    try:
        name = token_name(typed)
    except ValueError:
        return await _page(request, refused="access.refused.name", typed=typed)
    if scope not in set(Scope) or days not in {str(one) for one in DAYS}:
        return await _page(request, refused="access.refused.choice", typed=typed)
    async with service_of(request.scope).db.transaction() as conn:
        made = await tokens.add(conn, name, Scope(scope), int(days) or None)
    if made is None:
        return await _page(request, refused="access.refused.taken", typed=typed)
    return await _page(request, made=made[0], text=made[1])


async def revoke(request: Request) -> Response:
    """Revoke a token; within seconds nothing accepts it, nor a session that it began."""
    visitor_of(request.scope).require(Scope.ADMIN)
    number = request.path_params["id"]
    known = number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS
    async with service_of(request.scope).db.transaction() as conn:
        revoked = await tokens.revoke_numbered(conn, int(number)) if known else None
    if revoked is None:
        raise ApiError(NOT_FOUND, "There is no such token in use.")
    return RedirectResponse(f"{_PATH}?said=revoked", HTTPStatus.SEE_OTHER)


async def end_sessions(request: Request) -> Response:
    """Sign everybody out."""
    visitor_of(request.scope).require(Scope.ADMIN)
    async with service_of(request.scope).db.transaction() as conn:
        await sessions.renew(conn)
    return RedirectResponse(f"{_PATH}?said=ended", HTTPStatus.SEE_OTHER)


async def _page(request: Request, refused: str | None = None, typed: str = "", **made: Any) -> Response:  # noqa: ANN401 - the token and its text
    async with service_of(request.scope).db.transaction() as conn:
        found = await tokens.list_all(conn)
    said = request.query_params.get("said")
    return await page(
        request,
        "settings/access.html",
        tokens=view.tokens(found, visitor_of(request.scope).principal.client, datetime.now(UTC)),
        days=DAYS,
        scopes=tuple(Scope),
        said=said if said in {"revoked", "ended"} else None,
        refused=refused,
        typed=typed,
        code=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        **{"made": None, "text": None} | made,
    )


routes = [
    Route(_PATH, show, methods=["GET"]),
    Route(_PATH, make, methods=["POST"]),
    Route(f"{_PATH}/{{id}}/revoke", revoke, methods=["POST"]),
    Route("/settings/sessions/end", end_sessions, methods=["POST"]),
]
