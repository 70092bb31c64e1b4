"""What is round every answer: an id, a deadline, safe headers, and a refusal when all else failed."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ploomes_sync.api import problems
from ploomes_sync.api.gate import Gate
from ploomes_sync.domain.webhook import MAX_BODY_BYTES
from ploomes_sync.telemetry import Log, metrics, redact, traces

log = Log("product-sync:api")

_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_UNROUTED = "unrouted"
RawHeaders = tuple[tuple[bytes, bytes], ...]
SAFE: RawHeaders = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What every answer to anybody has."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How one kind of application answers.

    `refuse` writes a refusal, `own` are headers of every answer, `defaults` those of answers that have none of
    that name.
    """

    refuse: Callable[[problems.ApiError, Scope], Response]
    own: RawHeaders
    defaults: RawHeaders


_API = Manner(
    refuse=problems.answer,
    own=(*SAFE, (b"referrer-policy", b"no-referrer")),
    defaults=(
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"cache-control", b"no-store"),
    ),
)


class Envelope:
    """The outermost layer of ours; whatever happens further in ends here as an answer."""

    def __init__(self, app: ASGIApp, gate: Gate, manner: Manner = _API) -> None:
        self._app = app
        self._gate = gate
        self._manner = manner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        state = scope["state"] = {**scope.get("state", {}), "gate": self._gate, "request_id": request_id}
        intake, answer = Intake(scope, receive, self._gate), Reply(send, request_id, self._manner)
        started = time.perf_counter()
        bound = structlog.contextvars.bound_contextvars(request_id=request_id)
        with bound, traces.span("http.request", method=scope["method"], request_id=request_id):
            try:
                async with asyncio.timeout(self._gate.settings.http_timeout) as deadline:
                    state["deadline"] = deadline
                    await self._app(scope, intake.receive, answer.send)
            except Exception as error:  # noqa: BLE001 - the last place: whatever happens becomes an answer
                await self._refuse(scope, receive, answer, _seen(error, deadline, intake))
            _tell(scope, answer.status, time.perf_counter() - started)

    async def _refuse(self, scope: Scope, receive: Receive, answer: Reply, error: Exception) -> None:
        refusal = problems.as_api_error(error)
        if refusal.kind is problems.INTERNAL:
            log.error("request.failed", path=problems.shown_path(scope), trace=trace(error))
        if answer.status:
            # Half an answer is out: breaking it off is all that tells the client.
            log.warning("request.cut", path=problems.shown_path(scope), error=refusal.detail)
            raise error
        await self._manner.refuse(refusal, scope)(scope, receive, answer.send)


def trace(error: Exception) -> str:
    """Return the traceback for the log, without secrets."""
    return redact("".join(traceback.format_exception(error)))


class Intake:
    """The body as it comes in, never more than allowed."""

    def __init__(self, scope: Scope, receive: Receive, gate: Gate) -> None:
        self._receive = receive
        self._left = MAX_BODY_BYTES if is_webhook(scope) else gate.settings.http_body_bytes
        self._most = self._left
        self.complete = False

    async def receive(self) -> Message:
        """Pass on the next piece; raises HTTPException 413 once there is too much."""
        message = await self._receive()
        if message["type"] == "http.request":
            self.complete = not message.get("more_body", False)
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body may have {self._most} bytes.")
        return message


class Reply:
    """The answer as it goes out, with the headers that every answer has."""

    def __init__(self, send: Send, request_id: str, manner: Manner) -> None:
        self._send = send
        self._own = (*manner.own, (b"x-request-id", request_id.encode()))
        self._defaults = manner.defaults
        self.status = 0

    async def send(self, message: Message) -> None:
        """Pass on a message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"] = [*message.get("headers", ()), *self._own]
            names = {name for name, _ in headers}
            headers.extend(pair for pair in self._defaults if pair[0] not in names)
        await self._send(message)


def is_webhook(scope: Scope) -> bool:
    """Tell whether a request is meant for the webhook door."""
    return "/webhook/ploomes" in scope["path"]


def _request_id(scope: Scope) -> str:
    """Take the caller's id of the request when it is harmless, else make one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(8)


def _seen(error: Exception, deadline: asyncio.Timeout, intake: Intake) -> Exception:
    """Say what an error means here: a time-out is the client's when its body had not come."""
    if isinstance(error, HTTPException):
        return problems.for_status(error.status_code, str(error.detail), dict(error.headers or {}))
    if not (isinstance(error, TimeoutError) and deadline.expired()):
        return error
    if not intake.complete:
        return problems.ApiError(problems.SLOW_BODY, "The body did not come in time: send it again.")
    return problems.ApiError(
        problems.TIMED_OUT, "The request took too long and was given up: try again later.", retry_after=5
    )


def _tell(scope: Scope, status: int, seconds: float) -> None:
    """Count the answer; log it unless it is one of the many reads that went well."""
    route = scope["state"].get("route") or getattr(scope.get("route"), "path", _UNROUTED)
    metrics.HTTP_REQUESTS.labels(route, scope["method"], str(status)).inc()
    metrics.HTTP_SECONDS.labels(route).observe(seconds)
    if status >= HTTPStatus.BAD_REQUEST or scope["method"] not in ("GET", "HEAD"):
        principal = scope["state"].get("principal")
        log.info(
            "request.answered",
            method=scope["method"],
            path=problems.shown_path(scope),
            status=status,
            ms=round(seconds * 1000, 1),
            client=principal.client if principal else None,
        )
