"""How answers are written: structs as JSON, cached bodies as they are, entity tags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ploomes_sync.cache.answer import Answer, encoder

SMALLEST_GZIP = 1000
"""In bytes; less is not worth compressing."""
GZIP_LEVEL = 4
_JSON = b"application/json"
_KEEP = b"private, no-cache"


class Compression(GZipMiddleware):
    """Compresses for whoever accepts gzip, and costs the others nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        accepts = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope.get("headers", ()))
        await (super().__call__ if accepts else self.app)(scope, receive, send)


class Json(Response):
    """A struct as JSON, money as numbers."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:  # noqa: ANN401 - any struct
        """Encode it."""
        return encoder.encode(content)


class Tagged(Response):
    """An answer with an entity tag, sent as the hot reads send theirs."""

    def __init__(self, answer: Answer[Any]) -> None:
        super().__init__()
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the protocol
        """Send it."""
        await send_answer(scope, send, self._answer)


async def send_answer(scope: Scope, send: Send, answer: Answer[Any]) -> None:
    """Send a cached body as it is, or 304 when the caller has it; a stale one is marked."""
    tag = answer.etag.encode()
    age = b"%d" % max(0, answer.age)
    headers = [(b"etag", tag), (b"cache-control", _KEEP), (b"age", age), (b"vary", b"Accept-Encoding")]
    if answer.stale:
        headers += [(b"x-stale", b"true"), (b"warning", b'110 - "Response is Stale"')]
    if knows(scope["headers"], tag):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    headers += [(b"content-type", _JSON), (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})


def knows(headers: Iterable[tuple[bytes, bytes]], tag: bytes) -> bool:
    """Tell whether If-None-Match names the tag."""
    for name, value in headers:
        if name == b"if-none-match":
            given = {part.strip().removeprefix(b"W/") for part in value.split(b",")}
            return tag in given or b"*" in given
    return False
