"""Looks at the server itself: what it is and how we reach it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ploomes_sync.store.db import Connection
from ploomes_sync.store.statements import statements

_sql = statements("server")


@dataclass(frozen=True, slots=True)
class Server:
    """A server as this connection sees it.

    `pooled` when something stands between; `tls` on our stretch of the way; `statement_timeout` of the role, in
    seconds, 0 for none.
    """

    version: str
    database: str
    role: str
    now: datetime
    statement_timeout: float
    tls: bool
    pooled: bool


async def inspect(conn: Connection) -> Server:
    """Ask the server who it is; a backend that is not the one we connected to betrays a pooler."""
    row = await (await conn.execute(_sql["server"])).fetchone()
    if row is None:
        raise RuntimeError("a select without a from has one row")
    return Server(
        version=row["version"],
        database=row["database"],
        role=row["role"],
        now=row["now"],
        statement_timeout=row["statement_timeout"],
        tls=bool(conn.pgconn.ssl_in_use),
        pooled=row["backend_pid"] != conn.info.backend_pid,
    )
