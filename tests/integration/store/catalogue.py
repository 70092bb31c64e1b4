"""Puts products straight into the catalogue, and asks it in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg

from ploomes_sync.store.db import Connection, open_database

T = TypeVar("T")
INSERT = (
    "insert into public.products_enhanced (ploomes_product_id, name, code, description, product_type, category, "
    "subcategory, brand, segments, base_price, stock_quantity, active, source_system, source_updated_at, "
    "deleted_at) "
    "values (%(id)s, %(name)s, %(code)s, %(description)s, %(product_type)s, %(category)s, %(subcategory)s, "
    "%(brand)s, %(segments)s, %(base_price)s, %(stock_quantity)s, %(active)s, %(source_system)s, "
    "%(source_updated_at)s, %(deleted_at)s)"
)
DEFAULTS: dict[str, Any] = {
    "code": None,
    "description": None,
    "product_type": "product",
    "category": None,
    "subcategory": None,
    "brand": None,
    "segments": [],
    "base_price": None,
    "stock_quantity": 0,
    "active": True,
    "source_system": "ploomes",
    "source_updated_at": None,
    "deleted_at": None,
}


def store(dsn: str, *products: dict[str, Any]) -> None:
    rows = [{**DEFAULTS, "id": str(number), **product} for number, product in enumerate(products, 1)]
    with psycopg.connect(dsn, prepare_threshold=None) as conn:
        conn.cursor().executemany(INSERT, rows)


def ask(dsn: str, question: Callable[[Connection], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_database(dsn) as db, db.transaction() as conn:
            return await question(conn)

    return asyncio.run(run())
