"""Keeps what webhooks ask for until it is done, and knows which registrations are ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from ploomes_sync.domain.strategy import REAL_TIME_IDS
from ploomes_sync.domain.webhook import Event, Ignored, Malformed
from ploomes_sync.store.db import Connection, Row
from ploomes_sync.store.statements import statements

_sql = statements("webhooks")


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to fetch these products for some seconds; no id is used twice, so a late owner does no harm."""

    id: UUID
    seconds: float
    product_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds to wait after a failure: the first, doubling up to the longest, and never less than the least."""

    first: float
    longest: float
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class Registered:
    """What we know of our registrations: where they shall call, the keys that we gave away, each id's address."""

    callback_url: str | None
    key_hashes: frozenset[str]
    callbacks: dict[int, str]


async def enqueue(conn: Connection, event: Event, window: float) -> bool:
    """Let the product be fetched: at once, or in a burst once `window` seconds have passed.

    Returns whether it was waiting already.
    """
    values = {
        "ploomes_id": event.product_id,
        "change": event.change.value,
        "webhook_id": event.webhook_id,
        "window": window,
        "many": REAL_TIME_IDS,
    }
    row = await (await conn.execute(_sql["enqueue"], values)).fetchone()
    return bool(row and row["coalesced"])


async def note(conn: Connection, message: Ignored | Malformed) -> None:
    """Remember that a message came which asks for nothing."""
    verdict = "ignored" if isinstance(message, Ignored) else "malformed"
    await conn.execute(_sql["note"], {"verdict": verdict, "reason": message.reason})


async def claim(conn: Connection, limit: int, seconds: float) -> Claim:
    """Take up to `limit` products that are due and that nobody fetches; other workers get others."""
    taken = uuid4()
    values = {"claim": taken, "limit": limit, "lease": seconds}
    rows = await (await conn.execute(_sql["claim"], values)).fetchall()
    return Claim(taken, seconds, tuple(sorted(row["ploomes_id"] for row in rows)))


async def keep(conn: Connection, held: Claim) -> None:
    """Let the claim last longer."""
    await conn.execute(_sql["keep"], {"claim": held.id, "lease": held.seconds})


async def settle(conn: Connection, held: Claim) -> int:
    """Take away what was fetched and not named since, let the rest wait again; returns how many went."""
    gone = (await conn.execute(_sql["done"], {"claim": held.id})).rowcount
    await release(conn, held)
    return gone


async def release(conn: Connection, held: Claim) -> None:
    """Give the products back unfetched."""
    await conn.execute(_sql["release"], {"claim": held.id})


async def postpone(conn: Connection, held: Claim, delay: Delay, error: str) -> None:
    """Give the products back after a failure; they wait longer each time."""
    values = {
        "claim": held.id,
        "first_wait": delay.first,
        "longest_wait": delay.longest,
        "least_wait": delay.least,
        "error": error,
    }
    await conn.execute(_sql["postpone"], values)


async def abandon_runs(conn: Connection, origin: str) -> int:
    """End the runs of this origin that were cut short: the queue asks for their products anew."""
    return (await conn.execute(_sql["abandon"], {"origin": origin})).rowcount


async def forget_events(conn: Connection, days: int) -> None:
    """Delete events that are older than `days`."""
    await conn.execute(_sql["forget_events"], {"days": days})


async def queue(conn: Connection) -> Row:
    """Return how many products wait, how many of them are being fetched or failing, and since when the oldest."""
    return await (await conn.execute(_sql["queue"])).fetchone() or {}


async def received(conn: Connection) -> list[Row]:
    """Return how many events came lately, by verdict."""
    return await (await conn.execute(_sql["received"])).fetchall()


async def received_since(conn: Connection, since: datetime) -> list[Row]:
    """Return the events since then by verdict and change: how many, and when the last came."""
    return await (await conn.execute(_sql["received_since"], {"since": since})).fetchall()


async def registered(conn: Connection) -> Registered:
    """Return what we know of our registrations."""
    row = await (await conn.execute(_sql["settings"])).fetchone() or {}
    rows = await (await conn.execute(_sql["registrations"])).fetchall()
    callbacks = {row["webhook_id"]: row["callback_url"] for row in rows}
    return Registered(row.get("callback_url"), frozenset(await key_hashes(conn)), callbacks)


async def key_hashes(conn: Connection) -> list[str]:
    """Return the hashes of the keys that a message may carry."""
    return [row["key_hash"] for row in await (await conn.execute(_sql["key_hashes"])).fetchall()]


async def save_callback(conn: Connection, url: str) -> None:
    """Remember where Ploomes shall call."""
    await conn.execute(_sql["save_callback"], {"callback_url": url})


async def save_key(conn: Connection, key_hash: str) -> None:
    """Remember a key before it is given away."""
    await conn.execute(_sql["save_key"], {"key_hash": key_hash})


async def save_registration(conn: Connection, action_id: int, webhook_id: int, url: str) -> None:
    """Remember which webhook tells us of an action, and where it calls."""
    values = {"action_id": action_id, "webhook_id": webhook_id, "callback_url": url}
    await conn.execute(_sql["save_registration"], values)


async def forget_keys(conn: Connection, kept: Sequence[str]) -> None:
    """Forget old keys other than these."""
    await conn.execute(_sql["forget_keys"], {"kept": list(kept)})


async def forget_all(conn: Connection) -> None:
    """Forget the registrations, their keys and where they called."""
    await conn.execute(_sql["forget_all"])
