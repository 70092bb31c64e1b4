"""Our webhooks at Ploomes: made, mended, looked at and removed, without touching anybody else's.

A webhook is ours if its validation key is one that we made, whether or not the process lived to store its id; or
if its id is stored and it calls where we told it to. Each step begins with the list, so that all may be repeated.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import TypeVar

from ploomes_sync.domain.webhook import check_callback, key_hash
from ploomes_sync.engine.parts import Parts
from ploomes_sync.errors import ForbiddenError, RequestError, SettingsError, SourceGarbledError, TransientError
from ploomes_sync.ploomes import webhooks as source
from ploomes_sync.ploomes.client import Turns
from ploomes_sync.ploomes.webhooks import ACTIONS, PRODUCT_ENTITY, Wanted, Webhook
from ploomes_sync.store import webhooks as store
from ploomes_sync.store.webhooks import Registered
from ploomes_sync.telemetry import Log

log = Log("product-sync:webhooks")
T = TypeVar("T")

_KEY_BYTES = 32


class State(StrEnum):
    """How a webhook stands; `changed` calls elsewhere or with another key, `foreign` is none of ours."""

    OK = "ok"
    OFF = "off"
    CHANGED = "changed"
    MISSING = "missing"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Standing:
    """One webhook and its state; a missing one has no id."""

    state: State
    action_id: int | None
    entity_id: int | None = PRODUCT_ENTITY
    webhook_id: int | None = None
    callback_url: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """How all webhooks of the account stand; `callback_url` is where ours shall call, None without any."""

    callback_url: str | None
    webhooks: tuple[Standing, ...]

    @property
    def ours(self) -> tuple[Standing, ...]:
        """Return ours, missing ones too."""
        return tuple(one for one in self.webhooks if one.state is not State.FOREIGN)

    @property
    def healthy(self) -> bool:
        """Tell whether we shall hear of everything that we want to hear of."""
        return {one.action_id for one in self.ours if one.state is State.OK} >= ACTIONS.keys()


async def register(parts: Parts, callback_url: str) -> Report:
    """Make sure that Ploomes tells this address of every change of a product; doing it again changes nothing.

    Raises SettingsError when the address cannot be a callback.
    """
    url = check_callback(callback_url)
    async with parts.db.transaction() as conn:
        await store.save_callback(conn, url)
    report = await _persistently(parts, lambda: _register_once(parts, url))
    if not report.healthy:
        # Ploomes said yes to a write that it did not do.
        report = await _persistently(parts, lambda: _register_once(parts, url))
    return report


async def check(parts: Parts, *, repair: bool = False) -> Report:
    """Look how our webhooks stand; `repair` switches them on again and replaces what is missing.

    Raises SettingsError when there is nothing to repair because none was ever registered.
    """
    known = await _known(parts)
    if repair:
        if known.callback_url is None:
            raise SettingsError("No webhooks are registered: run `ploomes-sync webhooks register URL`.")
        return await register(parts, known.callback_url)
    return _report(known, await source.fetch_webhooks(parts.client()))


async def remove(parts: Parts) -> int:
    """Remove our webhooks, and only ours; returns how many there were."""
    known = await _known(parts)
    met: set[int] = set()

    async def remove_listed() -> None:
        for hook in await _ours(parts, known):
            met.add(hook.id)
            await source.remove(parts.http, parts.turns(), hook.id)
        if met and await _ours(parts, known):
            raise SourceGarbledError("Ploomes still lists a webhook that it said it had removed.")

    await _persistently(parts, remove_listed)
    async with parts.db.transaction() as conn:
        await store.forget_all(conn)
    log.info("webhook.all_removed", webhooks=len(met))
    return len(met)


async def _register_once(parts: Parts, url: str) -> Report:
    known = await _known(parts)
    client, turns = parts.client(), parts.turns()
    mine = [hook for hook in await source.fetch_webhooks(client) if _serves(known, hook)]
    key = await _key(parts, known, mine)
    for action_id in ACTIONS:
        wanted = Wanted(action_id=action_id, callback_url=url, validation_key=key)
        same = [hook for hook in mine if hook.action_id == action_id]
        await _ensure(parts, known, turns, same, wanted)
    known = await _known(parts)
    listed = await source.fetch_webhooks(client)
    async with parts.db.transaction() as conn:
        if key is not None:
            held = [key_hash(hook.validation_key) for hook in listed if hook.validation_key]
            await store.forget_keys(conn, [*held, key_hash(key)])
    return _report(known, listed)


async def _ensure(parts: Parts, known: Registered, turns: Turns, same: Sequence[Webhook], wanted: Wanted) -> None:
    """Leave exactly one webhook of ours for this action, as it must be, and remember its id."""
    kept = min(same, key=lambda hook: (hook.id not in known.callbacks, hook.id), default=None)
    if kept is None:
        webhook_id = await source.register(parts.http, turns, wanted)
        log.info("webhook.registered", webhook_id=webhook_id, action=ACTIONS[wanted.action_id])
    else:
        webhook_id = kept.id
        await _mend(parts, turns, kept, wanted)
    async with parts.db.transaction() as conn:
        await store.save_registration(conn, wanted.action_id, webhook_id, wanted.callback_url)
    for spare in same:
        if spare.id != webhook_id:
            await source.remove(parts.http, turns, spare.id)
            log.info("webhook.removed", webhook_id=spare.id, reason="there were two of them")


async def _mend(parts: Parts, turns: Turns, hook: Webhook, wanted: Wanted) -> None:
    key_is_right = wanted.validation_key in (None, hook.validation_key)
    if hook.callback_url != wanted.callback_url or not key_is_right:
        await source.change(parts.http, turns, hook.id, wanted)
        log.info("webhook.changed", webhook_id=hook.id)
    elif hook.active is False:
        await source.switch_on(parts.http, turns, hook.id)
        log.warning("webhook.was_off", webhook_id=hook.id, action=ACTIONS[wanted.action_id])


async def _ours(parts: Parts, known: Registered) -> list[Webhook]:
    return [hook for hook in await source.fetch_webhooks(parts.client()) if _is_ours(known, hook)]


async def _key(parts: Parts, known: Registered, mine: Sequence[Webhook]) -> str | None:
    """Return the key that ours carry, or a new one, remembered before it is given away.

    Returns None when Ploomes hides keys and none is needed: all of ours are there and keep the one that they have.
    """
    for hook in mine:
        if hook.validation_key and _has_our_key(known, hook):
            return hook.validation_key
    hidden = all(hook.validation_key is None for hook in mine)
    if known.key_hashes and hidden and {hook.action_id for hook in mine} == ACTIONS.keys():
        return None
    key = secrets.token_urlsafe(_KEY_BYTES)
    async with parts.db.transaction() as conn:
        await store.save_key(conn, key_hash(key))
    return key


def _is_ours(known: Registered, hook: Webhook) -> bool:
    stored = known.callbacks.get(hook.id)
    return _has_our_key(known, hook) or (stored is not None and hook.callback_url in (stored, known.callback_url))


def _has_our_key(known: Registered, hook: Webhook) -> bool:
    return hook.validation_key is not None and key_hash(hook.validation_key) in known.key_hashes


def _serves(known: Registered, hook: Webhook) -> bool:
    """Tell whether this is one of ours that still is about products; a repurposed one is left alone."""
    return hook.entity_id == PRODUCT_ENTITY and hook.action_id in ACTIONS and _is_ours(known, hook)


def _report(known: Registered, listed: Sequence[Webhook]) -> Report:
    found = [_standing(known, hook) for hook in listed]
    return Report(known.callback_url, (*_missing(known, found), *found))


def _missing(known: Registered, found: Sequence[Standing]) -> Iterator[Standing]:
    if known.callback_url is None:
        return
    present = {one.action_id for one in found if one.state is not State.FOREIGN}
    for action_id in ACTIONS:
        if action_id not in present:
            yield Standing(State.MISSING, action_id, callback_url=known.callback_url)


def _standing(known: Registered, hook: Webhook) -> Standing:
    return Standing(_state(known, hook), hook.action_id, hook.entity_id, hook.id, hook.callback_url)


def _state(known: Registered, hook: Webhook) -> State:
    """Return the state; a key that Ploomes does not show counts as right."""
    if not _serves(known, hook):
        return State.FOREIGN
    if hook.callback_url != known.callback_url or (hook.validation_key and not _has_our_key(known, hook)):
        return State.CHANGED
    return State.OFF if hook.active is False else State.OK


async def _known(parts: Parts) -> Registered:
    async with parts.db.transaction() as conn:
        return await store.registered(conn)


async def _persistently(parts: Parts, work: Callable[[], Awaitable[T]]) -> T:
    """Do it again from the list when Ploomes stumbles; a write is never repeated without a look."""
    policy = parts.limits.policy
    for attempt in range(policy.retries):
        try:
            return await work()
        except (TransientError, RequestError) as error:
            if isinstance(error, RequestError) and error.status != HTTPStatus.NOT_FOUND:
                raise
            wait = min(policy.first_wait * 2**attempt, policy.longest_wait)
            asked = error.retry_after if isinstance(error, TransientError) else None
            log.warning("registration.retried", error=str(error))
            await asyncio.sleep(max(wait, asked or 0.0))
    return await work()


async def action_names(parts: Parts) -> dict[int, str]:
    """Return the names of the actions that webhooks can be made for; those that we need if Ploomes hides them."""
    try:
        return {**ACTIONS, **await source.fetch_actions(parts.client())}
    except (ForbiddenError, RequestError):
        return ACTIONS
