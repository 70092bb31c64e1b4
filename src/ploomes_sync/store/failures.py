"""Counts failed attempts by minute, class and endpoint, for the status and for who looks into trouble."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ploomes_sync.errors import ErrorClass, StoreDownError, SyncError
from ploomes_sync.store.db import Connection, Database, Row
from ploomes_sync.store.statements import statements
from ploomes_sync.telemetry import Log, metrics

log = Log("product-sync:store")
_sql = statements("failures")
Failures = Mapping[tuple[str, str], int]
"""How often each (error class, endpoint) failed."""


async def record(conn: Connection, failures: Failures) -> None:
    """Add these failures to the current minute."""
    if failures:
        classes, endpoints = zip(*failures, strict=True)
        values = {"classes": list(classes), "endpoints": list(endpoints), "failures": list(failures.values())}
        await conn.execute(_sql["record"], values)


async def note(db: Database, error: Exception, place: str) -> None:
    """Count a failure outside of any run, under the `place` where it was met.

    When PostgreSQL is away, only this process knows of it.
    """
    kind = error.error_class if isinstance(error, SyncError) else ErrorClass.UNKNOWN
    metrics.FAILURES.labels(kind.value).inc()
    try:
        async with db.transaction() as conn:
            await record(conn, {(kind.value, place): 1})
    except StoreDownError as gone:
        log.warning("failure.not_kept", place=place, error=str(gone))


async def get_error_stats(conn: Connection, since: datetime) -> list[Row]:
    """Return the failures since then by class and endpoint, most frequent first."""
    return await (await conn.execute(_sql["stats"], {"since": since})).fetchall()


async def forget(conn: Connection, before: datetime) -> int:
    """Drop what is older; returns how many counts were dropped."""
    return (await conn.execute(_sql["forget"], {"before": before})).rowcount
