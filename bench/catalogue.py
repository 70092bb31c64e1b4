"""Fills a database with a catalogue of any size: one of the demo's size is synchronised and then multiplied."""

from __future__ import annotations

import asyncio
from math import ceil

import psycopg

from bench.simulator import simulator
from ploomes_sync.bootstrap import open_parts
from ploomes_sync.config import read_settings
from ploomes_sync.domain.run import Strategy, SyncRequest
from ploomes_sync.engine.execute import sync
from ploomes_sync.store.db import open_database
from ploomes_sync.store.migrate import migrate

BASE = 11_793

# Copies keep what a product is; numbers in name and code, price, stock and dates are drawn anew.
_MULTIPLY = """
insert into public.products_enhanced (ploomes_product_id, external_id, name, code, description, product_type,
  category, subcategory, brand, segments, group_name, family_name, base_price, cost_price, currency, ncm_code,
  cfop_code, stock_quantity, unit_of_measure, active, available_for_sale, source_system, created_by, image_url,
  source_created_at, source_updated_at, tags, custom_fields)
select (9000000000 + %(copy)s::bigint * 20000 + p.id)::text, p.external_id,
       regexp_replace(p.name, '\\m\\d{3,4}\\M', (1 + floor(random() * 9998))::int::text),
       regexp_replace(p.code, '(\\d+)(\\D*)$', '\\1' || %(copy)s || '\\2'), p.description, p.product_type,
       p.category, p.subcategory, p.brand, p.segments, p.group_name, p.family_name,
       round((p.base_price * (0.5 + random()))::numeric, 2), p.cost_price, p.currency, p.ncm_code, p.cfop_code,
       case when p.stock_quantity > 0 then floor(random() * 200)::int else p.stock_quantity end, p.unit_of_measure,
       p.active, p.available_for_sale, p.source_system, p.created_by, p.image_url, p.source_created_at,
       p.source_updated_at - random() * interval '300 days', p.tags, p.custom_fields
from public.products_enhanced p
where p.id in (select b.id from public.products_enhanced b order by b.id limit least(%(base)s, %(wanted)s))
order by p.id
"""


async def fill(dsn: str, products: int) -> None:
    """Bring a database up to at least so many products, with the proportions of the simulator's catalogue."""
    async with open_database(dsn) as db:
        await migrate(db)
    if await asyncio.to_thread(_count, dsn) == 0:
        with simulator("--products", str(min(BASE, products)), "--rate-per-minute", "0") as url:
            settings = read_settings(
                _env_file=None,
                PLOOME_API_URL=url,
                PLOOME_API_KEY="bench",
                DATABASE_URL=dsn,
                API_RATE_LIMIT_PER_MINUTE=0,
            )
            async with open_parts(settings, asyncio.Event()) as parts:
                await sync(parts, SyncRequest(strategy=Strategy.BATCH))
    await asyncio.to_thread(_multiply, dsn, products)


def _count(dsn: str) -> int:
    with psycopg.connect(dsn) as conn:
        (stored,) = conn.execute("select count(*) from public.products_enhanced").fetchone() or (0,)
        return int(stored)


def _multiply(dsn: str, products: int) -> None:
    stored = _count(dsn)
    with psycopg.connect(dsn, autocommit=True) as conn:
        for copy in range(ceil(stored / BASE), ceil(products / BASE) + 1):
            missing = products - stored
            if missing <= 0:
                break
            stored += conn.execute(_MULTIPLY, {"copy": copy, "base": BASE, "wanted": missing}).rowcount
        conn.execute("vacuum analyze")
