"""Who may ask for what: bearer tokens with scopes; without any token, this machine alone."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope as AsgiScope

from ploomes_sync.api.problems import FORBIDDEN, STORE_AWAY, UNAUTHENTICATED, ApiError
from ploomes_sync.domain.token import Grant, Scope, bearer_token, token_hash
from ploomes_sync.errors import SyncError
from ploomes_sync.store import sessions, tokens
from ploomes_sync.store.db import Database
from ploomes_sync.telemetry import Log

log = Log("product-sync:api")

FRESH_SECONDS = 5.0
"""How long a revoked token may still be taken for good while the database answers."""
_RENEW_SECONDS = 2.0
_KEPT_SECONDS = 3600.0
"""How long the last known tokens count while the database is away: reads go on, a revocation cannot be made."""
_PATIENCE_SECONDS = 1.0
_RECENT_SECONDS = 0.25
"""How old the tokens may be that a wrong token is told by: guessing costs four queries a second at most."""
_REMEMBERED = 1024
_FORWARDED = (b"x-forwarded-for", b"forwarded", b"x-real-ip", b"x-forwarded-host", b"via")
_CHALLENGE = {"www-authenticate": 'Bearer realm="ploomes-sync"'}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: `client` tells clients apart, for limits and logs."""

    client: str
    scope: Scope
    name: str

    def require(self, asked: Scope) -> None:
        """Raise ApiError unless the scope suffices."""
        if not self.scope.allows(asked):
            raise ApiError(
                FORBIDDEN,
                f"This needs the scope {asked.value}, and the token may only {self.scope.value}: "
                f"make one with `ploomes-sync tokens add NAME --scope {asked.value}`.",
                headers={"www-authenticate": f'Bearer error="insufficient_scope", scope="{asked.value}"'},
            )


@dataclass(frozen=True, slots=True)
class Known:
    """What tells who asks: the tokens that count, and the secret that sessions are signed with."""

    tokens: tokens.Snapshot
    secret: bytes


class Access:
    """What is known of callers as last read; one look every few seconds, however many requests come."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: Known | None = None
        self._read_at = self._asked_at = self._failed_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._used: set[int] = set()

    async def principal(
        self, scope: AsgiScope, headers: Headers, db: Database, origins: frozenset[str]
    ) -> Principal:
        """Say who asks; raises ApiError when nobody may know."""
        known = await self.known(db)
        if not known.tokens.made:
            return this_machine(scope, headers, origins)
        token = bearer_token(headers.get("authorization"))
        if token is None:
            raise ApiError(
                UNAUTHENTICATED,
                "Send a token in the header `Authorization: Bearer pls_…`; `ploomes-sync tokens add` makes one.",
                headers=_CHALLENGE,
            )
        grant = await self.grant(db, token)
        if grant is None:
            headers_ = {"www-authenticate": 'Bearer error="invalid_token"'}
            raise ApiError(UNAUTHENTICATED, "This token is unknown, revoked or has run out.", headers=headers_)
        return self.holder(grant)

    async def grant(self, db: Database, token: str) -> Grant | None:
        """Return the token that counts and is this one; one that is not known may have been made this moment."""
        grant = match((await self.known(db)).tokens, token)
        if grant is None and self._clock() - self._read_at > _RECENT_SECONDS:
            await asyncio.wait([self._ask(db, self._clock())], timeout=_PATIENCE_SECONDS)
            grant = match((await self.known(db)).tokens, token)
        return grant

    def holder(self, grant: Grant) -> Principal:
        """Return who holds a token that counts, and note that it was used."""
        self._used.add(grant.id)
        return Principal(f"token:{grant.id}", grant.scope, grant.name)

    async def close(self) -> None:
        """Let the query under way end."""
        if self._asking is not None:
            await asyncio.wait([self._asking], timeout=_PATIENCE_SECONDS)
            self._asking.cancel()

    async def known(self, db: Database) -> Known:
        """Return what is known, a few seconds old at most; raises ApiError when too little is."""
        now = self._clock()
        age = now - self._read_at
        usable = age <= _KEPT_SECONDS
        if age > _RENEW_SECONDS:
            task = self._ask(db, now)
            # While the database is away nobody waits for it: the last known tokens count.
            away = self._failed_at > self._read_at or now - self._asked_at > _PATIENCE_SECONDS
            if age > FRESH_SECONDS and not (away and usable):
                await asyncio.wait([task], timeout=_PATIENCE_SECONDS if usable else None)
        if self._known is None or self._clock() - self._read_at > _KEPT_SECONDS:
            raise ApiError(STORE_AWAY, "Tokens cannot be checked, the database does not answer.", retry_after=5)
        return self._known

    def _ask(self, db: Database, now: float) -> asyncio.Task[None]:
        """Begin to read the tokens afresh, unless that is under way or has just failed."""
        failed = now - self._failed_at < _PATIENCE_SECONDS
        if self._asking is None or (self._asking.done() and not failed):
            self._asked_at = now
            self._asking = asyncio.create_task(self._read(db))
        return self._asking

    async def _read(self, db: Database) -> None:
        used, self._used = self._used, set()
        began = self._clock()
        try:
            async with db.transaction() as conn:
                self._known = Known(await tokens.snapshot(conn), await sessions.secret(conn))
                if used:
                    await tokens.touch(conn, used)
            self._read_at = began
        except SyncError as error:
            self._failed_at = self._clock()
            log.warning("tokens.not_read", error=str(error))


def match(known: tokens.Snapshot, token: str) -> Grant | None:
    """Return the token that counts and is this one."""
    digest = token_hash(token)
    grant = known.grants.get(digest)
    return grant if grant is not None and hmac.compare_digest(grant.hash, digest) and counts(grant) else None


def counts(grant: Grant) -> bool:
    """Tell whether a known token has not run out."""
    return grant.expires_at is None or grant.expires_at > datetime.now(UTC)


def this_machine(scope: AsgiScope, headers: Headers, origins: frozenset[str]) -> Principal:
    """Return who asks from this machine itself; raises ApiError for everybody else."""
    check_local(scope, headers, origins)
    return Principal(address(scope), Scope.ADMIN, "this machine")


def check_local(scope: AsgiScope, headers: Headers, origins: frozenset[str]) -> None:
    """Raise ApiError unless the request comes from this machine itself: not through a proxy, not from a web page.

    A page elsewhere can make a browser on this machine ask (its Origin tells), or give its own name this
    machine's address (the Host tells).
    """
    if not is_loopback(_peer(scope)) or any(name in _FORWARDED for name, _ in scope["headers"]):
        raise ApiError(
            UNAUTHENTICATED,
            "Without a token only this machine itself is served: `ploomes-sync tokens add` makes one.",
            headers=_CHALLENGE,
        )
    host = _host(headers.get("host", ""))
    if not (host == "localhost" or is_loopback(host)):
        raise ApiError(FORBIDDEN, "Without a token the service answers to localhost and 127.0.0.1 only.")
    origin = headers.get("origin")
    if origin is not None and origin not in origins and origin.partition("://")[2] != headers.get("host"):
        raise ApiError(FORBIDDEN, "Web pages of other origins are not served: set HTTP_CORS_ORIGINS to allow one.")


def address(scope: AsgiScope) -> str:
    """Return what tells a client without a token from others: its address, in IPv6 its network."""
    return _network(_peer(scope))


@lru_cache(maxsize=_REMEMBERED)
def _network(peer: str) -> str:
    try:
        number = ip_address(peer)
    except ValueError:
        return f"address:{peer}"
    return f"address:{number.exploded[:19]}" if number.version == 6 else f"address:{peer}"  # noqa: PLR2004 - IPv6


def _peer(scope: AsgiScope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _host(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


@lru_cache(maxsize=_REMEMBERED)
def is_loopback(text: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        number = ip_address(text)
    except ValueError:
        return False
    mapped = getattr(number, "ipv4_mapped", None)
    return (mapped or number).is_loopback
