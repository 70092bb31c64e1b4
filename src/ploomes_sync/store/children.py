"""Writes the tables that hang on a product: specifications, variants, suppliers."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ploomes_sync.domain.product import Product
from ploomes_sync.store.db import Connection
from ploomes_sync.store.statements import statements

_sql = statements("children")
Document = tuple[str, msgspec.Struct]


async def write_children(conn: Connection, products: Sequence[Product], rewritten: Sequence[str]) -> None:
    """Store the children of changed products; `rewritten` products lose those that they no longer have."""
    services = [(p.ploomes_product_id, p.service) for p in products if p.service is not None]
    rentals = [(p.ploomes_product_id, p.rental) for p in products if p.rental is not None]
    variants = [(p.ploomes_product_id, v) for p in products for v in p.variants]
    suppliers = [(p.ploomes_product_id, s) for p in products for s in p.suppliers]
    if rewritten:
        await _drop(conn, "drop_services", rewritten, [(owner, "") for owner, _ in services])
        await _drop(conn, "drop_rentals", rewritten, [(owner, "") for owner, _ in rentals])
        await _drop(conn, "drop_variants", rewritten, [(owner, v.key) for owner, v in variants])
        await _drop(conn, "drop_suppliers", rewritten, [(owner, s.name) for owner, s in suppliers])
    await _upsert(conn, "upsert_services", services)
    await _upsert(conn, "upsert_rentals", rentals)
    await _upsert(conn, "upsert_variants", variants)
    await _upsert(conn, "upsert_suppliers", suppliers)


async def _drop(conn: Connection, statement: str, changed: Sequence[str], kept: Sequence[tuple[str, str]]) -> None:
    owners = [owner for owner, _ in kept]
    values = {
        "changed": list(changed),
        "kept": owners,
        "owners": owners,
        "keys": [key for _, key in kept],
    }
    await conn.execute(_sql[statement], values)


async def _upsert(conn: Connection, statement: str, documents: Sequence[Document]) -> None:
    if documents:
        rows = [{"ploomes_product_id": owner, **msgspec.to_builtins(child)} for owner, child in documents]
        await conn.execute(_sql[statement], {"rows": msgspec.json.encode(rows).decode()})
