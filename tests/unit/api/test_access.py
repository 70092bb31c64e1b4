from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from starlette.datastructures import Headers

from ploomes_sync.api.access import Access
from ploomes_sync.api.problems import ApiError
from ploomes_sync.domain.token import Grant, Scope, token_hash
from ploomes_sync.errors import StoreDownError
from ploomes_sync.store import sessions, tokens
from ploomes_sync.store.db import Database
from ploomes_sync.store.tokens import Snapshot

TOKEN = "pls_abc"
SCOPE: dict[str, Any] = {"type": "http", "client": ("127.0.0.1", 1), "headers": []}


class AwayDatabase:
    """A database that can be taken away; `asked` counts the transactions."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        self.asked += 1
        if self.away:
            raise StoreDownError("away")
        yield


class Desk:
    """An access whose clock stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, expires_at: datetime | None = None) -> None:
        self.now, self.db = 1000.0, AwayDatabase()
        self.access = Access(lambda: self.now)
        digest = token_hash(TOKEN)
        grant = Grant(hash=digest, id=1, name="one", scope=Scope.READ, expires_at=expires_at)

        async def snapshot(_: object) -> Snapshot:
            return Snapshot(made=True, grants={digest: grant})

        async def touch(*_: object) -> None:
            return

        async def secret(_: object) -> bytes:
            return b"secret"

        monkeypatch.setattr(tokens, "snapshot", snapshot)
        monkeypatch.setattr(sessions, "secret", secret)
        monkeypatch.setattr(tokens, "touch", touch)

    async def name(self, token: str = TOKEN) -> str:
        headers = Headers({"authorization": f"Bearer {token}"})
        return (await self.access.principal(SCOPE, headers, cast("Database", self.db), frozenset())).name


def test_a_token_that_runs_out_is_refused_though_it_is_still_known(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        desk = Desk(monkeypatch, datetime.now(UTC) - timedelta(seconds=1))
        with pytest.raises(ApiError):
            await desk.name()

    asyncio.run(scenario())


def test_many_requests_and_wrong_tokens_cost_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        desk = Desk(monkeypatch)
        assert await asyncio.gather(*(desk.name() for _ in range(50))) == ["one"] * 50
        for number in range(50):
            with pytest.raises(ApiError):
                await desk.name(f"pls_{number}")
        assert desk.db.asked == 1

    asyncio.run(scenario())


def test_known_tokens_count_for_an_hour_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        desk = Desk(monkeypatch)
        await desk.name()
        desk.db.away = True
        for _ in range(3):
            desk.now += 1000
            assert await desk.name() == "one"
        desk.now += 1000
        with pytest.raises(ApiError) as refusal:
            await desk.name()
        assert (refusal.value.kind.status, refusal.value.headers["retry-after"]) == (503, "5")
        desk.db.away = False
        desk.now += 10
        assert await desk.name() == "one"

    asyncio.run(scenario())


def test_nobody_is_served_before_the_tokens_have_been_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        desk = Desk(monkeypatch)
        desk.db.away = True
        with pytest.raises(ApiError) as refusal:
            await desk.name()
        assert refusal.value.kind.status == 503

    asyncio.run(scenario())
