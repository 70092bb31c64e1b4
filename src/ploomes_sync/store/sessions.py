"""Keeps the secret that the dashboard's sessions are signed with."""

from __future__ import annotations

import secrets

from ploomes_sync.store.db import Connection
from ploomes_sync.store.statements import statements

_sql = statements("sessions")
_BYTES = 32


async def secret(conn: Connection) -> bytes:
    """Return the secret of this installation; the first who asks makes it."""
    while (row := await (await conn.execute(_sql["secret"])).fetchone()) is None:
        await conn.execute(_sql["make"], {"secret": secrets.token_bytes(_BYTES)})
    return bytes(row["secret"])


async def renew(conn: Connection) -> None:
    """Make a new secret: every session ends within seconds."""
    await conn.execute(_sql["renew"], {"secret": secrets.token_bytes(_BYTES)})
