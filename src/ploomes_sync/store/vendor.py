"""Keeps what a probe has learnt, for every later run."""

from __future__ import annotations

import msgspec

from ploomes_sync.domain.vendor import VendorFacts
from ploomes_sync.store.db import Connection
from ploomes_sync.store.statements import statements

_sql = statements("vendor")


async def save(conn: Connection, facts: VendorFacts) -> None:
    """Store the facts, replacing those of the last probe."""
    await conn.execute(_sql["save"], {"facts": msgspec.json.encode(facts).decode()})


async def load(conn: Connection) -> VendorFacts:
    """Return the facts of the last probe; safe assumptions before the first."""
    row = await (await conn.execute(_sql["load"])).fetchone()
    return msgspec.json.decode(row["facts"], type=VendorFacts) if row else VendorFacts()
