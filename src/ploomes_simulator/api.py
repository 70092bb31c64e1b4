"""The pretend API over ASGI: gatekeeping, faults, and the sending of answers, whole or not."""

import asyncio
import random
import zlib
from dataclasses import replace
from email.utils import formatdate
from math import ceil

import httpx2
from starlette.types import Receive, Scope, Send

from ploomes_simulator.answers import Answer, Delivery, Request, html_answer, list_answer, text_answer
from ploomes_simulator.faults import (
    RATE_SENTENCE,
    TITLES,
    Fault,
    damage,
    fault_answer,
    replaces_answer,
)
from ploomes_simulator.resources import Resources
from ploomes_simulator.schema import ENTITIES
from ploomes_simulator.settings import SimulatorSettings
from ploomes_simulator.simulator import Simulator

_SLOW_PIECES = 10
_WORTH_PACKING = 500


class PloomesApi:
    """Everything that is not an admin path."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._resources = Resources(simulator)
        self._dice = random.Random(simulator.settings.seed)  # noqa: S311 - repeatable chance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and keep count of it."""
        request = await _read(scope, receive)
        simulator = self._simulator
        simulator.tick()
        simulator.stats.begin(request.path.partition("(")[0], simulator.clock())
        status = "gone"
        try:
            answer = self._gate(request) or await self._carry_out(request)
            status = str(answer.status) if answer.delivery is not Delivery.NEVER else "never"
            await self._transmit(answer, request, scope, receive, send)
        finally:
            simulator.stats.end(status)
        simulator.tick()

    def _gate(self, request: Request) -> Answer | None:
        """Refuse what must not come in: wrong keys, long URLs, too many at once, too many a minute."""
        settings, stats = self._simulator.settings, self._simulator.stats
        if settings.outage:
            return html_answer(503, TITLES[503])
        key = request.headers.get("user-key", "")
        if not key or (settings.key is not None and key != settings.key):
            return text_answer(401, settings.next_link_host, "Invalid User-Key.")
        if settings.max_url_bytes and len(request.path) + len(request.query) > settings.max_url_bytes:
            return html_answer(414, "Request-URI Too Large")
        if settings.max_concurrency and stats.in_flight > settings.max_concurrency:
            sentence = f"Too many request concurrently, max is {settings.max_concurrency}"
            return Answer(429, sentence.encode(), "text/plain; charset=utf-8")
        return self._over_rate(request, settings)

    def _over_rate(self, request: Request, settings: SimulatorSettings) -> Answer | None:
        if not settings.rate_per_minute:
            return None
        limiter, now = self._simulator.limiter, self._simulator.clock()
        count = limiter.wait_fixed if settings.rate_window == "fixed" else limiter.wait_sliding
        wait = count(now, settings.rate_per_minute)
        if wait is None:
            return None
        if settings.over_limit == "empty" and request.method == "GET":
            return list_answer(self._context(request), ())
        headers: dict[str, str] = {}
        if settings.retry_after == "seconds":
            headers["Retry-After"] = str(ceil(wait))
        elif settings.retry_after == "date":
            headers["Retry-After"] = formatdate(ceil(now + wait), usegmt=True)
        sentence = RATE_SENTENCE.format(limit=settings.rate_per_minute)
        return text_answer(429, settings.next_link_host, sentence, headers)

    async def _carry_out(self, request: Request) -> Answer:
        settings = self._simulator.settings
        await asyncio.sleep((settings.latency_ms + self._dice.random() * settings.latency_jitter_ms) / 1000)
        fault = self._simulator.faults.pick(request.path, settings)
        if fault is not None:
            self._simulator.stats.by_fault[fault] += 1
            if replaces_answer(fault) and not (fault is Fault.EMPTY and request.method != "GET"):
                return fault_answer(fault, settings, self._context(request))
        answer = damage(self._work(request), fault)
        if settings.max_answer_bytes and len(answer.body) > settings.max_answer_bytes:
            return text_answer(413, settings.next_link_host, "The answer is larger than 10 MB.")
        return answer

    def _work(self, request: Request) -> Answer:
        """Answer, with the random changes around it, and note lists of products."""
        simulator = self._simulator
        listing = request.method == "GET" and request.path == "/Products"
        if not listing:
            return self._resources.answer(request)
        before, after = simulator.churn.split(simulator.settings.churn_per_request)
        simulator.churn.mixed(before)
        answer = self._resources.answer(request)
        simulator.churn.mixed(after)
        if answer.rows is not None:
            simulator.stats.served(simulator.clock(), request.query, answer.rows)
        return answer

    def _context(self, request: Request) -> str:
        entity = ENTITIES.get(request.path.partition("(")[0].strip("/"), ENTITIES["Products"])
        return self._resources.context(entity)

    async def _transmit(
        self, answer: Answer, request: Request, scope: Scope, receive: Receive, send: Send
    ) -> None:
        settings = self._simulator.settings
        if answer.delivery is Delivery.NEVER:
            await _hang(receive, settings.hang_seconds)
            _broken(scope, httpx2.ReadTimeout("The simulator never answered."))
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
            return
        packed = _pack(answer, request)
        headers = [
            (b"content-type", packed.content_type.encode()),
            (b"content-length", str(len(packed.body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in packed.headers.items()),
        ]
        await send({"type": "http.response.start", "status": packed.status, "headers": headers})
        if answer.delivery is Delivery.CUT:
            await send(_piece(packed.body[: len(packed.body) // 2], more=True))
            _broken(scope, httpx2.RemoteProtocolError("The simulator cut the answer in mid-body."))
            return
        if answer.delivery is Delivery.SLOW:
            await _trickle(packed.body, settings.slow_seconds, send)
            return
        await send(_piece(packed.body, more=False))


async def _read(scope: Scope, receive: Receive) -> Request:
    body = bytearray()
    more = True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    return Request(scope["method"], scope["path"], query, headers, bytes(body))


def _pack(answer: Answer, request: Request) -> Answer:
    """Compress an answer when the client takes it and it is worth it."""
    if len(answer.body) < _WORTH_PACKING or "gzip" not in request.headers.get("accept-encoding", ""):
        return answer
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    body = packer.compress(answer.body) + packer.flush()
    headers = {**answer.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return replace(answer, body=body, headers=headers)


def _piece(body: bytes, *, more: bool) -> dict[str, object]:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _trickle(body: bytes, seconds: float, send: Send) -> None:
    """Send a body piece by piece over some seconds."""
    size = max(1, ceil(len(body) / _SLOW_PIECES))
    pieces = [body[begin : begin + size] for begin in range(0, len(body), size)] or [b""]
    for piece in pieces:
        await asyncio.sleep(seconds / len(pieces))
        await send(_piece(piece, more=True))
    await send(_piece(b"", more=False))


async def _hang(receive: Receive, seconds: float) -> None:
    """Wait until the client gives up, but no longer than some seconds."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return


def _broken(scope: Scope, error: httpx2.TransportError) -> None:
    """Without a socket to close, as in a test's own process, raise what a client over a socket would meet.

    A server closes the connection of an application that returns early, and marks its scope with a version.
    """
    if "spec_version" not in scope["asgi"]:
        raise error
