"""Lets a request to the dashboard in: known, from our own pages, not too often, not too many at once."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ploomes_sync.api.access import Known, Principal, address, counts, this_machine
from ploomes_sync.api.admission import check_length, count
from ploomes_sync.api.envelope import SAFE, Envelope, Manner
from ploomes_sync.api.gate import Gate
from ploomes_sync.api.limits import Room
from ploomes_sync.api.problems import UNAUTHENTICATED, ApiError, Kind
from ploomes_sync.api.replies import GZIP_LEVEL, SMALLEST_GZIP, Compression
from ploomes_sync.dashboard.origin import by_tls, is_own
from ploomes_sync.dashboard.session import Session, cookie, cookie_name, due, own_path, seal, seconds_left, unseal
from ploomes_sync.dashboard.visitor import Visitor
from ploomes_sync.domain import token

OTHER_ORIGIN = Kind("other-origin", "The request comes from another page", HTTPStatus.FORBIDDEN)
ASSETS = "/assets/"
_OPEN = frozenset({"/sign-in", "/preferences"})
_LINK = "/link/"
_DOOR_PLACES = 16
_DOOR_QUEUE = 64
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def layers(gate: Gate, refuse: Callable[[ApiError, Scope], Response]) -> list[Middleware]:
    """Return what stands round the pages, outermost first; `refuse` writes the page of a refusal.

    Pages tell their own site where a request came from, and no other: with `no-referrer` browsers would hide the
    origin of our own forms, too.
    """
    manner = Manner(
        refuse,
        own=(*SAFE, (b"referrer-policy", b"same-origin"), (b"cross-origin-opener-policy", b"same-origin")),
        defaults=((b"content-security-policy", _POLICY.encode()), (b"cache-control", b"no-store")),
    )
    return [
        Middleware(Envelope, gate=gate, manner=manner),
        Middleware(Entrance, gate=gate),
        Middleware(Compression, minimum_size=SMALLEST_GZIP, compresslevel=GZIP_LEVEL),
    ]


async def _refused(_: Request, error: Exception) -> Response:
    """Let what the framework refuses reach the envelope."""
    raise error


HANDLERS: Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]] = {HTTPException: _refused}
"""What an application with these layers does with the framework's own refusals."""


class Entrance:
    """Decides before a page does anything; whatever is not named as open needs somebody who is known."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate
        # Strangers wait for one another, and never take the place of somebody who is known.
        self._doors = Room(_DOOR_PLACES, queue=_DOOR_QUEUE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, show it the way to the sign-in, or raise ApiError."""
        if scope["type"] != "http" or scope["path"].startswith(ASSETS):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not is_own(scope["method"], headers):
            count(self._gate, address(scope))
            raise ApiError(
                OTHER_ORIGIN, "This was not sent from a page of this service: open the page and try again."
            )
        if scope["path"] in _OPEN or scope["path"].startswith(_LINK):
            count(self._gate, address(scope))
            room = self._doors
        else:
            room = self._gate.room
            known = await self._gate.access.known(self._gate.service().db)
            shown = _shown(scope, headers, known)
            visitor = self._visitor(scope, headers, known, shown)
            if visitor is None:
                await sign_in_first(scope, headers)(scope, receive, send)
                return
            scope["state"]["visitor"], scope["state"]["principal"] = visitor, visitor.principal
            if shown and visitor.signed_in:
                send = _renewing(shown, known.secret, send)
        check_length(headers, self._gate.settings.http_body_bytes)
        with await room.enter() as scope["state"]["place"]:
            await self._app(scope, receive, send)

    def _visitor(self, scope: Scope, headers: Headers, known: Known, shown: Shown | None) -> Visitor | None:
        """Say who looks, None when nobody knows; all may ask so often and no more."""
        principal = self._holder(known, shown.session) if shown else None
        count(self._gate, principal.client if principal else address(scope))
        if principal is not None:
            return Visitor(principal, signed_in=True)
        if known.tokens.made:
            return None
        try:
            return Visitor(this_machine(scope, headers, self._gate.origins), signed_in=False)
        except ApiError as error:
            if error.kind is UNAUTHENTICATED:
                return None
            raise

    def _holder(self, known: Known, session: Session) -> Principal | None:
        """Return whose session it is, if that still may look."""
        if session.token is None:
            return Principal("link", token.Scope.ADMIN, "one-time link")
        grant = known.tokens.grant(session.token)
        return self._gate.access.holder(grant) if grant is not None and counts(grant) else None


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as a request shows it, by the cookie of this name."""

    cookie: str
    session: Session


def _shown(scope: Scope, headers: Headers, known: Known) -> Shown | None:
    """Return the session that a request shows; over TLS only one that was begun over TLS."""
    cookies, host = HTTPConnection(scope).cookies, headers.get("host", "")
    for secure in (True,) if by_tls(scope, headers) else (True, False):
        name = cookie_name(host, secure=secure)
        if (value := cookies.get(name)) and (found := unseal(value, known.secret, name, time.time())):
            return Shown(name, found)
    return None


def sign_in_first(scope: Scope, headers: Headers) -> Response:
    """Return what sends a stranger to the sign-in and from there back; a script is told, not redirected."""
    if "hx-request" in headers:
        page = headers.get("hx-current-url", "").partition("://")[2].partition("/")[2].partition("#")[0]
        way = _sign_in_path(f"/{page}")
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"hx-redirect": way})
    if headers.get("accept", "") == "text/event-stream":
        return Response(status_code=HTTPStatus.UNAUTHORIZED)
    query = scope["query_string"].decode("latin-1")
    wanted = quote(scope["path"]) + (f"?{query}" if query else "")
    way = _sign_in_path(wanted if scope["method"] == "GET" else "/")
    return RedirectResponse(way, HTTPStatus.SEE_OTHER)


def _sign_in_path(wanted: str) -> str:
    following = own_path(wanted)
    return "/sign-in" if following == "/" else f"/sign-in?next={quote(following, safe='/')}"


def begun(request: Request, token_id: int | None, secret: bytes, following: str) -> Response:
    """Begin a session and go on to a page."""
    now = int(time.time())
    name = cookie_name(request.headers.get("host", ""), secure=by_tls(request.scope, request.headers))
    response = RedirectResponse(following, HTTPStatus.SEE_OTHER)
    response.headers.append("set-cookie", _set(Shown(name, Session(token_id, now, now)), secret, now))
    return response


def ended(request: Request) -> Response:
    """Let the browser forget the session."""
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    for secure in (True, False):
        name = cookie_name(request.headers.get("host", ""), secure=secure)
        response.headers.append("set-cookie", cookie(name, "", 0))
    return response


def _set(shown: Shown, secret: bytes, now: float) -> str:
    return cookie(shown.cookie, seal(shown.session, secret, shown.cookie), seconds_left(shown.session, now))


def _renewing(shown: Shown, secret: bytes, send: Send) -> Send:
    """Renew a session in use with the answer, unless the answer sets a cookie itself: it may end the session."""
    now = int(time.time())
    if not due(shown.session, now):
        return send
    renewed = Shown(shown.cookie, replace(shown.session, renewed=now))

    async def renew(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "set-cookie" not in headers:
                headers.append("set-cookie", _set(renewed, secret, now))
        await send(message)

    return renew
