"""A catalogue as a process of its own would read it, and hands that write behind its back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import psycopg

from ploomes_sync.bootstrap import load_profile
from ploomes_sync.cache.catalogue import Catalogue, open_catalogue
from ploomes_sync.cache.watch import Beat
from ploomes_sync.store.db import Database, open_database

T = TypeVar("T")
PROFILE = load_profile(None)
BEAT = Beat(every=0.1)
PATIENCE = 20


@asynccontextmanager
async def reading(url: str, *, warm: bool = False, beat: Beat = BEAT) -> AsyncIterator[Catalogue]:
    """Open a catalogue on a pool of its own."""
    async with (
        open_database(url, connect_timeout=3) as db,
        open_catalogue(db, PROFILE, warm=warm, beat=beat) as it,
    ):
        yield it


@asynccontextmanager
async def pool(url: str) -> AsyncIterator[Database]:
    async with open_database(url) as db:
        yield db


def execute(url: str, statement: str, *values: object) -> None:
    with psycopg.connect(url, prepare_threshold=None) as conn:
        conn.execute(statement.encode(), values)


def value_of(url: str, statement: str) -> object:
    with psycopg.connect(url, prepare_threshold=None) as conn:
        row = conn.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


async def price(catalogue: Catalogue, key: str) -> str | None:
    answer = await catalogue.product(key)
    return None if answer is None else str(answer.value.base_price)


async def until(what: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> float:
    """Wait until it holds; returns after how many seconds it did."""
    began = time.monotonic()
    while not await what():
        assert time.monotonic() - began < seconds, "it never came true"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def beats(catalogue: Catalogue, number: int = 2) -> None:
    """Wait until the catalogue has looked for changes so many times, all of them begun after now."""
    for _ in range(number):
        now = time.monotonic()

        async def looked(since: float = now) -> bool:
            checked = catalogue.stats().checked
            return checked is not None and time.monotonic() - checked > since

        await until(looked)
