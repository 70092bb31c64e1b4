"""Drops history that is older than somebody wants to keep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ploomes_sync.store import changes, failures, jobs, metrics
from ploomes_sync.store.db import Connection
from ploomes_sync.store.statements import statements

_sql = statements("retention")


async def forget(conn: Connection, days: int, change_days: int) -> dict[str, int]:
    """Drop runs, their events, failures, jobs and samples that ended so many days ago; returns how many of each.

    The history of products goes after `change_days`.

    What the next sync builds on is kept however old it is.
    """
    return {
        "runs": (await conn.execute(_sql["forget_runs"], {"days": days})).rowcount,
        "events": (await conn.execute(_sql["forget_events"], {"days": days})).rowcount,
        "jobs": await jobs.forget(conn, days),
        "failures": await failures.forget(conn, datetime.now(UTC) - timedelta(days=days)),
        "samples": await metrics.forget(conn, hour_days=days),
        "changes": await changes.forget(conn, change_days),
    }
