"""The door for Ploomes' webhooks: known by its key, stored, answered; nothing is fetched here."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus

import msgspec
from fastapi import APIRouter, Request
from pydantic import SecretStr

from ploomes_sync.api.gate import gate_of
from ploomes_sync.api.operations import MESSAGE, VALIDATION_KEY, answers, key_parameter
from ploomes_sync.api.problems import UNAUTHENTICATED, ApiError
from ploomes_sync.api.replies import Json
from ploomes_sync.domain.webhook import KEY_HEADER, key_hash, key_matches_any
from ploomes_sync.engine.webhooks import Receipt as Stored
from ploomes_sync.engine.webhooks import receive_all
from ploomes_sync.store import webhooks
from ploomes_sync.store.db import Database
from ploomes_sync.telemetry import metrics

FRESH_SECONDS = 5.0
_AGAIN_SECONDS = 1.0
_SHARE = 50
_ANSWERS = answers("Receipt", 202, 408, 413)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message; `coalesced` means that its product was waiting already."""

    verdict: str
    coalesced: bool = False


class Inbox:
    """Messages that come at the same time share a transaction; one that comes alone waits for nobody."""

    def __init__(self) -> None:
        self._waiting: list[tuple[bytes, asyncio.Future[Stored]]] = []
        self._storing: asyncio.Task[None] | None = None

    async def put(self, db: Database, body: bytes) -> Stored:
        """Return once the message is stored; raises StoreDownError when it could not be."""
        done: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, done))
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store(db))
        return await done

    async def _store(self, db: Database) -> None:
        while self._waiting:
            share, self._waiting = self._waiting[:_SHARE], self._waiting[_SHARE:]
            try:
                receipts = await receive_all(db, [body for body, _ in share])
            except Exception as error:  # noqa: BLE001 - each sender gets it as its own
                for _, done in share:
                    if not done.done():
                        done.set_exception(error)
                continue
            for (_, done), receipt in zip(share, receipts, strict=True):
                if not done.done():
                    done.set_result(receipt)


class Keys:
    """The hashes of our validation keys as last read, so that an event costs one transaction and not two."""

    def __init__(self, secret: SecretStr | None) -> None:
        self._own = [key_hash(secret.get_secret_value())] if secret else []
        self._known: list[str] = []
        self._read_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    async def accept(self, db: Database, key: str) -> bool:
        """Tell whether a message with this key is ours; a key that is not known yet is looked up at once."""
        if self._age() > FRESH_SECONDS:
            await self._read(db)
        if self._matches(key):
            return True
        if self._age() < _AGAIN_SECONDS:
            return False
        await self._read(db)
        return self._matches(key)

    def _age(self) -> float:
        return time.monotonic() - self._read_at

    def _matches(self, key: str) -> bool:
        return key_matches_any((*self._own, *self._known), key)

    async def _read(self, db: Database) -> None:
        """Read the hashes; whoever comes meanwhile waits for the same answer."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._load(db))
        await asyncio.shield(self._reading)

    async def _load(self, db: Database) -> None:
        began = time.monotonic()
        async with db.transaction() as conn:
            self._known = await webhooks.key_hashes(conn)
        self._read_at = began


def webhook_router(secret: SecretStr | None) -> APIRouter:
    """Return the door; the key comes in the header, or in the address for senders that know no header."""
    router = APIRouter(prefix="/webhook", tags=["webhook"])
    keys, inbox = Keys(secret), Inbox()

    async def take(request: Request) -> Json:
        """Store what the message asks for; the product is fetched from Ploomes a moment later.

        Every message with a valid key is answered 202, malformed ones too: Ploomes would switch the webhook off.
        """
        db = gate_of(request.scope).service().db
        in_address = request.path_params.get("key") or request.query_params.get("key")
        key = request.headers.get(KEY_HEADER) or in_address
        if not key or not await keys.accept(db, key):
            metrics.WEBHOOKS.labels("refused").inc()
            raise ApiError(
                UNAUTHENTICATED, f"The header {KEY_HEADER} or the key in the address is missing or wrong."
            )
        receipt = await inbox.put(db, await request.body())
        metrics.WEBHOOKS.labels(receipt.verdict).inc()
        document = Receipt(verdict=receipt.verdict, coalesced=receipt.coalesced)
        return Json(document, status_code=HTTPStatus.ACCEPTED)

    for path, operation, place in (("/ploomes", "webhook", "query"), ("/ploomes/{key}", "webhookWithKey", "path")):
        router.add_api_route(
            path,
            take,
            methods=["POST"],
            summary="A message of Ploomes",
            status_code=HTTPStatus.ACCEPTED,
            response_model=None,
            operation_id=operation,
            responses=_ANSWERS,
            openapi_extra={"parameters": [VALIDATION_KEY, key_parameter(place)], "requestBody": MESSAGE},
        )
    return router
