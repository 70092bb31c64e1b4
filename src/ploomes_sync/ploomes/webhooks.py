"""Asks Ploomes for its webhooks, and makes, changes and removes them: the only writes to the account.

Nothing here is sent twice by itself: a registration whose answer was lost may exist, so the caller lists first.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import httpx2
import msgspec

from ploomes_sync.domain.run import Lane
from ploomes_sync.errors import (
    RateLimitedError,
    RequestError,
    SourceDownError,
    SourceGarbledError,
    SourceTimeoutError,
    SyncError,
)
from ploomes_sync.ploomes import meter, wire
from ploomes_sync.ploomes.client import PloomesClient, Turns

PRODUCT_ENTITY = 10
ACTIONS = {1: "Create", 2: "Update", 3: "Delete"}
"""The actions on products that we need to hear of, by Ploomes' number; each needs a webhook of its own."""

_PAUSE_SECONDS = 2.0
_GONE = frozenset({404, 410})


class Webhook(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A webhook as Ploomes lists it; the validation key never shows in a text of it."""

    id: int
    entity_id: int | None = None
    action_id: int | None = None
    name: str | None = None
    callback_url: str | None = None
    validation_key: str | None = None
    active: bool | None = None

    def __repr__(self) -> str:
        """Name the webhook without its key and without its address, whose query may hold a secret."""
        return (
            f"Webhook(id={self.id}, entity_id={self.entity_id}, action_id={self.action_id}, active={self.active})"
        )


class Wanted(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """What a webhook of ours must be; without a key it keeps the one that it has."""

    entity_id: int = PRODUCT_ENTITY
    action_id: int
    callback_url: str
    validation_key: str | None

    def __repr__(self) -> str:
        """Name what is wanted without the secrets."""
        return f"Wanted(action_id={self.action_id})"


class _Action(msgspec.Struct, rename="pascal"):
    id: int
    name: str | None = None


class _Made(msgspec.Struct, rename="pascal"):
    id: int


async def fetch_webhooks(client: PloomesClient) -> list[Webhook]:
    """List every webhook that the key's user may see, also those of others."""
    rows = await client.table("/Webhooks", [], Lane.INCREMENTAL)
    try:
        return [msgspec.json.decode(row, type=Webhook) for row in rows]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceGarbledError(f"Ploomes' list of webhooks has an unknown shape: {error}.") from error


async def fetch_actions(client: PloomesClient) -> dict[int, str]:
    """Return the names of the actions that a webhook can be made for."""
    rows = await client.table("/Webhooks@Actions", [], Lane.INCREMENTAL)
    try:
        actions = [msgspec.json.decode(row, type=_Action) for row in rows]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceGarbledError(f"Ploomes' list of actions has an unknown shape: {error}.") from error
    return {action.id: action.name or str(action.id) for action in actions}


async def register(http: httpx2.AsyncClient, turns: Turns, wanted: Wanted) -> int:
    """Make a webhook and return its id.

    After a TransientError it may exist all the same: list before trying again.
    """
    answer = await _send(http, turns, "POST", "/Webhooks", msgspec.to_builtins(wanted))
    made: tuple[bytes, ...] = (answer,)
    if b'"value"' in answer:
        made = wire.decode_envelope(answer).records or made
    try:
        return msgspec.json.decode(made[0], type=_Made).id
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceGarbledError("Ploomes' answer to a new webhook does not tell its id.") from error


async def change(http: httpx2.AsyncClient, turns: Turns, webhook_id: int, wanted: Wanted) -> None:
    """Make a webhook of ours what it must be; this switches it on, too."""
    body = {name: value for name, value in msgspec.to_builtins(wanted).items() if value is not None}
    body["Active"] = True
    await _send(http, turns, "PATCH", f"/Webhooks({webhook_id})", body)


async def switch_on(http: httpx2.AsyncClient, turns: Turns, webhook_id: int) -> None:
    """Switch a webhook on again."""
    await _send(http, turns, "PATCH", f"/Webhooks({webhook_id})", {"Active": True})


async def remove(http: httpx2.AsyncClient, turns: Turns, webhook_id: int) -> None:
    """Remove a webhook; one that is gone already is as good."""
    try:
        await _send(http, turns, "DELETE", f"/Webhooks({webhook_id})", None)
    except RequestError as error:
        if error.status not in _GONE:
            raise


async def _send(
    http: httpx2.AsyncClient, turns: Turns, method: str, path: str, body: dict[str, object] | None
) -> bytes:
    """Send one write in its turn, count it, and return the body of the answer."""
    turn = await turns.take(Lane.INCREMENTAL)
    await asyncio.sleep(turn.wait)
    started = time.monotonic()
    try:
        answer = await _sent(http, turns, method, path, body)
    except SyncError as error:
        meter.answered(path, time.monotonic() - started, error)
        raise
    meter.answered(path, time.monotonic() - started, None)
    return answer


async def _sent(
    http: httpx2.AsyncClient, turns: Turns, method: str, path: str, body: dict[str, object] | None
) -> bytes:
    try:
        response = await http.request(method, path, json=body)
    except httpx2.TimeoutException as error:
        raise SourceTimeoutError("Ploomes did not answer in time.") from error
    except (httpx2.TransportError, httpx2.DecodingError) as error:
        raise SourceDownError(f"Ploomes cannot be reached at {http.base_url.host}.") from error
    if response.is_success:
        return response.content
    now = datetime.now(UTC)
    failure = wire.error_for(response.status_code, response.headers, response.content, f"{method} {path}", now)
    if isinstance(failure, RateLimitedError):
        await turns.slow_down(failure.retry_after or _PAUSE_SECONDS)
    raise failure
