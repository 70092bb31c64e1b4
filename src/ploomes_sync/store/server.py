"""Looks at the server itself: what it is, how we reach it and what we may do there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ploomes_sync.store.db import Connection, Database
from ploomes_sync.store.dsn import pooling
from ploomes_sync.store.statements import statements

_sql = statements("server")

Way = Literal["direct", "session pooler", "transaction pooler", "pooler"]
_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Rights:
    """What the role may do with the catalogue; a `writer` is granted it and let through by row-level security."""

    owner: bool
    writer: bool


@dataclass(frozen=True, slots=True)
class Server:
    """A server as we see it: `login` came in, `role` is who works; without a catalogue there are no `rights`.

    `tls` speaks of our stretch of the way, `verified` of the server's certificate. `statement_timeout` is the
    login's own in seconds, 0 for none.
    """

    way: Way
    host: str
    tls: bool
    verified: bool
    version: str
    major: int
    supabase: bool
    database: str
    login: str
    role: str
    superuser: bool
    bypasses_rls: bool
    rights: Rights | None
    now: datetime
    statement_timeout: float
    max_connections: int
    reserved_connections: int
    used_connections: int
    extensions: tuple[str, ...]

    @property
    def free_connections(self) -> int:
        """Tell how many more may log in as we do."""
        return max(0, self.max_connections - self.reserved_connections - self.used_connections)

    @property
    def near(self) -> bool:
        """Tell whether the server is on this machine."""
        return not self.host or self.host.startswith("/") or self.host in {"localhost", "127.0.0.1", "::1"}


async def inspect(db: Database) -> Server:
    """Ask the server who it is and who we are there."""
    way = await _way(db)
    async with db.transaction() as conn:
        row = await (await conn.execute(_sql["server"])).fetchone()
        if row is None:
            raise RuntimeError("the role that asks is one of the server's roles")
        rights = await _rights(conn)
        return Server(
            **{**row, "extensions": tuple(row["extensions"])},
            way=way,
            host=conn.info.host,
            tls=bool(conn.pgconn.ssl_in_use),
            verified=conn.info.get_parameters().get("sslmode", "").startswith("verify-"),
            rights=rights,
        )


async def _rights(conn: Connection) -> Rights | None:
    row = await (await conn.execute(_sql["rights"])).fetchone()
    return Rights(row["owner"], row["granted"] and row["let_through"]) if row else None


async def _way(db: Database) -> Way:
    """Name the way: a backend that is not the one we were greeted by betrays a pooler, one that changes its mode.

    Two connections at a time, opened in turn before each other, make a transaction pooler change them.
    """
    backends: dict[int, set[int]] = {}
    known = ""
    for _ in range(_ROUNDS):
        async with db.transaction() as one, db.transaction() as two:
            for conn in (one, two):
                backends.setdefault(conn.info.backend_pid, set()).add(await _backend(conn))
            known = pooling(one.info.dsn)
    if all(seen == {greeted} for greeted, seen in backends.items()):
        return "direct"
    if any(len(seen) > 1 for seen in backends.values()) or known in {"transaction pooler", "dedicated pooler"}:
        return "transaction pooler"
    return "session pooler" if known == "session pooler" else "pooler"


async def _backend(conn: Connection) -> int:
    row = await (await conn.execute(_sql["backend"])).fetchone()
    if row is None:
        raise RuntimeError("a select without a from has one row")
    return int(row["pid"])
