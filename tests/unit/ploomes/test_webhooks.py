from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import httpx2
import pytest

from ploomes_sync.domain.run import Lane
from ploomes_sync.errors import (
    CredentialsError,
    RateLimitedError,
    RequestError,
    SourceDownError,
    SourceGarbledError,
    SourceTimeoutError,
)
from ploomes_sync.ploomes import webhooks
from ploomes_sync.ploomes.client import Turns
from ploomes_sync.ploomes.webhooks import Wanted, Webhook
from ploomes_sync.resilience.pace import Turn

T = TypeVar("T")
WANTED = Wanted(action_id=2, callback_url="https://x.example/hook?token=abc", validation_key="s3cret")
ENVELOPE = b'{"@odata.context":"x","value":[{"Id":41,"Active":true}]}'


class Ploomes:
    """Answers every request in the same way and notes what was asked."""

    def __init__(self, status: int = 200, body: bytes = ENVELOPE, error: Exception | None = None) -> None:
        self.answer = (status, body)
        self.error = error
        self.requests: list[tuple[str, str, object]] = []
        self.lanes: list[Lane] = []
        self.pauses: list[float] = []

    def ask(self, act: Callable[[httpx2.AsyncClient, Turns], Awaitable[T]]) -> T:
        async def run() -> T:
            transport = httpx2.MockTransport(self._handle)
            async with httpx2.AsyncClient(base_url="http://ploomes", transport=transport) as http:
                return await act(http, Turns(self._take, self._slow_down, self._slow_down, self._mend))

        return asyncio.run(run())

    async def _mend(self) -> None:
        """Nothing to tell: no circuit is open."""

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content) if request.content else None
        self.requests.append((request.method, request.url.path, body))
        if self.error is not None:
            raise self.error
        status, content = self.answer
        return httpx2.Response(status, content=content)

    async def _take(self, lane: Lane) -> Turn:
        self.lanes.append(lane)
        return Turn(0.0, datetime.now(UTC))

    async def _slow_down(self, pause: float) -> None:
        self.pauses.append(pause)


@pytest.mark.parametrize("body", [ENVELOPE, b'{"Id":41,"Active":true}'])
def test_a_new_webhook_is_asked_for_in_its_turn_and_its_id_is_read(body: bytes) -> None:
    ploomes = Ploomes(201, body)

    made = ploomes.ask(lambda http, turns: webhooks.register(http, turns, WANTED))

    expected = {
        "EntityId": 10,
        "ActionId": 2,
        "CallbackUrl": "https://x.example/hook?token=abc",
        "ValidationKey": "s3cret",
    }
    assert made == 41
    assert ploomes.requests == [("POST", "/Webhooks", expected)]
    assert ploomes.lanes == [Lane.INCREMENTAL]


def test_what_must_be_true_of_ours_is_sent_and_a_key_that_it_keeps_is_not() -> None:
    ploomes = Ploomes()
    kept = Wanted(action_id=2, callback_url="https://new.example/", validation_key=None)

    ploomes.ask(lambda http, turns: webhooks.change(http, turns, 41, kept))

    body = {"EntityId": 10, "ActionId": 2, "CallbackUrl": "https://new.example/", "Active": True}
    assert ploomes.requests == [("PATCH", "/Webhooks(41)", body)]


def test_switching_on_changes_nothing_else() -> None:
    ploomes = Ploomes()

    ploomes.ask(lambda http, turns: webhooks.switch_on(http, turns, 41))

    assert ploomes.requests == [("PATCH", "/Webhooks(41)", {"Active": True})]


@pytest.mark.parametrize("status", [200, 204, 404, 410])
def test_a_webhook_that_is_gone_already_counts_as_removed(status: int) -> None:
    ploomes = Ploomes(status, b"")

    ploomes.ask(lambda http, turns: webhooks.remove(http, turns, 41))

    assert ploomes.requests == [("DELETE", "/Webhooks(41)", None)]


@pytest.mark.parametrize(
    ("ploomes", "expected"),
    [
        (Ploomes(401), CredentialsError),
        (Ploomes(400, b'{"value":"CallbackUrl"}'), RequestError),
        (Ploomes(503, b"<html>"), SourceDownError),
        (Ploomes(200, b"<html>"), SourceGarbledError),
        (Ploomes(200, b'{"value":[]}'), SourceGarbledError),
        (Ploomes(error=httpx2.ReadTimeout("late")), SourceTimeoutError),
        (Ploomes(error=httpx2.RemoteProtocolError("cut")), SourceDownError),
        (Ploomes(error=httpx2.ConnectError("no")), SourceDownError),
    ],
    ids=["401", "400", "503", "html", "empty", "time-out", "cut", "unreachable"],
)
def test_a_registration_that_fails_is_never_sent_a_second_time(
    ploomes: Ploomes, expected: type[Exception]
) -> None:
    with pytest.raises(expected) as caught:
        ploomes.ask(lambda http, turns: webhooks.register(http, turns, WANTED))

    assert len(ploomes.requests) == 1
    assert "s3cret" not in str(caught.value)


def test_everybody_slows_down_when_a_write_is_refused_as_too_many() -> None:
    ploomes = Ploomes(429, b"Too many")

    with pytest.raises(RateLimitedError):
        ploomes.ask(lambda http, turns: webhooks.switch_on(http, turns, 41))

    assert ploomes.pauses == [2.0]


def test_no_text_of_a_webhook_holds_its_key_or_its_address() -> None:
    hook = Webhook(id=41, callback_url="https://x.example/hook?token=abc", validation_key="s3cret")

    for text in (repr(hook), str(hook), repr([WANTED]), f"{WANTED}"):
        assert "s3cret" not in text
        assert "abc" not in text
