"""Counts failed attempts by minute, class and endpoint, for the status and for who looks into trouble."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ploomes_sync.store.db import Connection, Row
from ploomes_sync.store.statements import statements

_sql = statements("failures")
Failures = Mapping[tuple[str, str], int]
"""How often each (error class, endpoint) failed."""


async def record(conn: Connection, failures: Failures) -> None:
    """Add these failures to the current minute."""
    if failures:
        classes, endpoints = zip(*failures, strict=True)
        values = {"classes": list(classes), "endpoints": list(endpoints), "failures": list(failures.values())}
        await conn.execute(_sql["record"], values)


async def get_error_stats(conn: Connection, since: datetime) -> list[Row]:
    """Return the failures since then by class and endpoint, most frequent first."""
    return await (await conn.execute(_sql["stats"], {"since": since})).fetchall()


async def forget(conn: Connection, before: datetime) -> int:
    """Drop what is older; returns how many counts were dropped."""
    return (await conn.execute(_sql["forget"], {"before": before})).rowcount
