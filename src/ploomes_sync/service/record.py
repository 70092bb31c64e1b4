"""The record behind a product, as it was fetched from Ploomes, and what the rules make of it."""

from __future__ import annotations

from ploomes_sync.domain import explain as explaining
from ploomes_sync.domain.context import Context
from ploomes_sync.domain.explain import Explanation
from ploomes_sync.domain.page import Reject
from ploomes_sync.domain.product import StoredRecord
from ploomes_sync.domain.profile import Profile
from ploomes_sync.domain.record import decode_record
from ploomes_sync.store import lookups, products
from ploomes_sync.store.db import Database


async def find(db: Database, key: str) -> StoredRecord | None:
    """Return the record of a product, by Ploomes' id or by code; None when there is none."""
    async with db.transaction() as conn:
        row = await products.payload_of(conn, key)
    return None if row is None else StoredRecord(row["payload"], row["fetched_at"])


async def explain(db: Database, profile: Profile, key: str) -> Explanation | Reject | None:
    """Tell which rules decided about a product; asks Ploomes nothing. Reject when the record cannot be read."""
    async with db.transaction() as conn:
        row = await products.payload_of(conn, key)
        tables = await lookups.load(conn)
    if row is None:
        return None
    decoded = decode_record(row["payload"].encode())
    return decoded if isinstance(decoded, Reject) else explaining.explain(decoded, Context(profile, tables))
