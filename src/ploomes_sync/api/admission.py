"""Lets a request in: known, allowed, not too often, not too many at once, not too large."""

from __future__ import annotations

import re
import time
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ploomes_sync.api.access import Principal, address
from ploomes_sync.api.gate import Gate
from ploomes_sync.api.problems import MEDIA, RATE_LIMITED, TOO_LARGE, ApiError
from ploomes_sync.domain import token
from ploomes_sync.domain.webhook import MAX_BODY_BYTES

_PROBES = frozenset({"/livez", "/readyz"})
_WEBHOOK = re.compile(r"/webhook/ploomes(/[^/]*)?")
_ADMIN = re.compile(r"/api/sync/runs/[^/]+/confirm")


class Admission:
    """Decides before anything is read or done; whatever is not named as open needs a token."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in or raise ApiError."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = route_path(scope)
        if path in _PROBES:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if _WEBHOOK.fullmatch(path):
            check_length(headers, MAX_BODY_BYTES)
            room = self._gate.webhook_room
        else:
            principal = await self._principal(scope, headers)
            principal.require(needed_scope(scope["method"], path))
            check_length(headers, self._gate.settings.http_body_bytes)
            _check_media(headers)
            room = self._gate.room
            scope["state"]["principal"] = principal
        with await room.enter() as scope["state"]["place"]:
            await self._app(scope, receive, send)

    async def _principal(self, scope: Scope, headers: Headers) -> Principal:
        """Say who asks; clients with and without a token may ask so often and no more."""
        db = self._gate.service().db
        try:
            principal = await self._gate.access.principal(scope, headers, db, self._gate.origins)
        except ApiError as error:
            if error.kind.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                count(self._gate, address(scope))
            raise
        count(self._gate, principal.client)
        return principal


def count(gate: Gate, client: str) -> None:
    """Count one request of a client; raises ApiError when it asks too often."""
    wait = gate.buckets.take(client, time.monotonic())
    if wait:
        limit = gate.settings.http_rate
        raise ApiError(
            RATE_LIMITED,
            f"More than {limit} requests a minute came from here: wait {wait:.0f} s.",
            retry_after=wait,
        )


def needed_scope(method: str, path: str) -> token.Scope:
    """Return the scope that a request needs: reading, acting, or what cannot be taken back."""
    if method in ("GET", "HEAD", "OPTIONS"):
        return token.Scope.READ
    return token.Scope.ADMIN if _ADMIN.fullmatch(path) else token.Scope.SYNC


def route_path(scope: Scope) -> str:
    """Return the path below where the API is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and path.startswith(root) else path


def check_length(headers: Headers, most: int) -> None:
    """Refuse a body that is said to be larger."""
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > most:
        raise ApiError(TOO_LARGE, f"The body may have {most} bytes.")


def _check_media(headers: Headers) -> None:
    """Refuse a body that is not called JSON: it could come from any web form."""
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        raise ApiError(MEDIA, "Send JSON with the header `Content-Type: application/json`.")
