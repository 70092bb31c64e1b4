"""Keeps the tokens of the HTTP API as hashes."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from ploomes_sync.domain.token import PREFIX, Grant, Scope, Token, token_hash
from ploomes_sync.store.db import Connection, Row
from ploomes_sync.store.statements import statements

_sql = statements("tokens")
_RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tokens that count, by hash; `made` tells whether there ever was a token."""

    made: bool
    grants: dict[str, Grant]

    def grant(self, token_id: int) -> Grant | None:
        """Return the token of this number; None when it does not count."""
        return next((grant for grant in self.grants.values() if grant.id == token_id), None)


async def add(conn: Connection, name: str, scope: Scope, days: float | None) -> tuple[Token, str] | None:
    """Make a token that runs out after `days` (never if None) and return it with its text, which is not stored.

    Returns None when a token of that name is in use.
    """
    text = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    values = {"name": name, "hash": token_hash(text), "scope": scope.value, "days": days}
    row = await (await conn.execute(_sql["add"], values)).fetchone()
    return None if row is None else (_token(row), text)


async def list_all(conn: Connection) -> list[Token]:
    """Return all tokens, newest first."""
    return [_token(row) for row in await (await conn.execute(_sql["all"])).fetchall()]


async def snapshot(conn: Connection) -> Snapshot:
    """Return all that checking a request needs."""
    made = await (await conn.execute(_sql["any"])).fetchone()
    rows = await (await conn.execute(_sql["snapshot"])).fetchall()
    return Snapshot(bool(made and made["made"]), {row["hash"]: msgspec.convert(row, Grant) for row in rows})


async def revoke(conn: Connection, key: str) -> Token | None:
    """Revoke the token of this name or number; returns None when none of that name counts."""
    row = await (await conn.execute(_sql["revoke"], {"key": key})).fetchone()
    return None if row is None else _token(row)


async def revoke_numbered(conn: Connection, token_id: int) -> Token | None:
    """Revoke the token of this number, whatever others are called; returns None when it does not count."""
    row = await (await conn.execute(_sql["revoke_numbered"], {"id": token_id})).fetchone()
    return None if row is None else _token(row)


async def touch(conn: Connection, ids: Collection[int]) -> None:
    """Note that these tokens have been used."""
    await conn.execute(_sql["touch"], {"ids": list(ids)})


def _token(row: Row) -> Token:
    return msgspec.convert(row, Token)
