"""A scripted Ploomes inside the process: each request gets the next answer, the last one again and again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote

import httpx2

from ploomes_sync.domain.run import Lane
from ploomes_sync.ploomes.client import PloomesClient, RetryPolicy, Turns, open_http
from ploomes_sync.resilience.breaker import Breaker
from ploomes_sync.resilience.pace import Turn

KEY = "key-of-the-integration-user"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
QUICK = RetryPolicy(retries=3, first_wait=0.001, longest_wait=0.004)
Answer = httpx2.Response | Exception | Callable[[httpx2.Request], httpx2.Response]


def page(*ids: int, count: int | None = None) -> httpx2.Response:
    body: dict[str, object] = {"value": [{"Id": key, "Name": f"Produto {key}"} for key in ids]}
    return httpx2.Response(200, json=body if count is None else {**body, "@odata.count": count})


def refusal(status: int, text: str = "", **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, content=text, headers=named)


@dataclass
class Script:
    """What the server answers, and what it and the budget have seen."""

    answers: list[Answer]
    breaker: Breaker = field(default_factory=Breaker)
    policy: RetryPolicy = QUICK
    concurrency: int = 3
    requests: list[httpx2.Request] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    lanes: list[Lane] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    trips: list[float] = field(default_factory=list)
    mended: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        self.asked.set()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(0)
            given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if isinstance(given, Exception):
                raise given
            if isinstance(given, httpx2.Response):
                return httpx2.Response(given.status_code, content=given.content, headers=given.headers)
            return given(request)
        finally:
            self.in_flight -= 1

    async def take(self, lane: Lane) -> Turn:
        self.lanes.append(lane)
        return Turn(wait=0.0, slot=NOON)

    async def slow_down(self, pause: float) -> None:
        self.pauses.append(pause)

    async def trip(self, cooldown: float) -> None:
        self.trips.append(cooldown)

    async def mend(self) -> None:
        self.mended += 1

    def targets(self) -> list[str]:
        return [unquote(request.url.raw_path.decode()) for request in self.requests]

    @asynccontextmanager
    async def client(self, url: str = "https://ploomes.example") -> AsyncIterator[PloomesClient]:
        transport = httpx2.MockTransport(self.answer)
        async with open_http(url, KEY, transport=transport) as http:
            yield PloomesClient(
                http,
                Turns(take=self.take, slow_down=self.slow_down, trip=self.trip, mend=self.mend),
                self.breaker,
                gate=asyncio.Semaphore(self.concurrency),
                policy=self.policy,
            )
