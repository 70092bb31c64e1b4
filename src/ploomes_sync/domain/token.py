"""The tokens of the HTTP API: what they may do, and how one is known again (pure)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from hashlib import sha256

import msgspec

PREFIX = "pls_"
LONGEST_NAME = 80
_LONGEST = 200


class Scope(StrEnum):
    """What a token may do; each scope includes the ones before it."""

    READ = "read"
    SYNC = "sync"
    ADMIN = "admin"

    def allows(self, asked: Scope) -> bool:
        """Tell whether this scope includes another."""
        order = tuple(Scope)
        return order.index(self) >= order.index(asked)


class TokenState(StrEnum):
    """Whether a token counts, and if not, why."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as it may be shown; the token itself is known to its owner only."""

    id: int
    name: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> TokenState:
        """Tell whether it counts."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        expired = self.expires_at is not None and self.expires_at <= now
        return TokenState.EXPIRED if expired else TokenState.VALID


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A token that counts, found by its hash."""

    hash: str
    id: int
    name: str
    scope: Scope
    expires_at: datetime | None = None


def token_name(text: str) -> str:
    """Return the name of a token without outer blanks; raises ValueError for what is none."""
    name = text.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise ValueError(f"the name must be one line of 1 to {LONGEST_NAME} characters")
    return name


def token_hash(token: str) -> str:
    """Return what is stored of a token: 256 random bits need no salt and no slow hash."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def bearer_token(header: str | None) -> str | None:
    """Return the token of an Authorization header; None when it holds nothing that could be one."""
    scheme, _, token = (header or "").strip().partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and is_plausible(token) else None


def is_plausible(text: str) -> bool:
    """Tell whether a text could be a token."""
    return text.startswith(PREFIX) and len(text) <= _LONGEST
