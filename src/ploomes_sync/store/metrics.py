"""Keeps what processes measured, adds it up by the hour, and reads how the installation stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg.types.json import Jsonb

from ploomes_sync.domain.series import Sum
from ploomes_sync.domain.status import JobStatus, RunTotals, Waiting
from ploomes_sync.store import freshness
from ploomes_sync.store.db import Connection, Row
from ploomes_sync.store.statements import statements

_sql = statements("metrics")
_HOUR = 3600
_WORKER_SECONDS = 60.0
"""A worker that was not heard of for so long is gone."""
_OUTCOMES = ("inserted", "updated", "unchanged", "deleted", "restored", "rejected", "stale")
Figures = Mapping[str, float]


class Sample(NamedTuple):
    """What one process measured until `at`."""

    at: datetime
    figures: Figures


async def standing(conn: Connection) -> Row:
    """Return versions, sizes, connections, what is parked and how many workers are alive."""
    (row,) = await (await conn.execute(_sql["standing"], {"worker_seconds": _WORKER_SECONDS})).fetchall()
    return row


async def jobs(conn: Connection, since: datetime, workers: int) -> JobStatus:
    """Return how the queue of jobs stands; failed ones count since then."""
    (row,) = await (await conn.execute(_sql["jobs"], {"since": since})).fetchall()
    return JobStatus(workers=workers, **row)


async def waiting(conn: Connection) -> tuple[Waiting, ...]:
    """Return the runs that wait for a confirmation, newest first."""
    return tuple(Waiting(**row) for row in await (await conn.execute(_sql["waiting"])).fetchall())


async def run_totals(conn: Connection, since: datetime) -> RunTotals:
    """Add up what runs did that were asked for since then."""
    rows = await (await conn.execute(_sql["run_totals"], {"since": since})).fetchall()

    def total(name: str) -> int:
        return sum(row[name] for row in rows)

    return RunTotals(
        by_status={row["status"]: row["runs"] for row in rows},
        requests=total("requests"),
        retries=total("retries"),
        pages=total("pages"),
        rows={name: total(name) for name in _OUTCOMES},
    )


async def received(conn: Connection, since: datetime) -> list[Row]:
    """Return the messages of webhooks since then: verdict, how many, and when the last came."""
    return await (await conn.execute(_sql["received"], {"since": since})).fetchall()


async def write(conn: Connection, instance: str, samples: Sequence[Sample]) -> None:
    """Keep these samples of one process; safe to repeat."""
    values = {
        "instance": instance,
        "at": [sample.at for sample in samples],
        "figures": [Jsonb(dict(sample.figures)) for sample in samples],
    }
    await conn.execute(_sql["write"], values)


async def day_ago(conn: Connection, at: datetime) -> Figures:
    """Return the figures of the last sample before `at`, a day ago; nothing when there is none."""
    row = await (await conn.execute(_sql["day_ago"], {"at": at})).fetchone()
    return row["values"] if row else {}


async def history(
    conn: Connection, names: Sequence[str], since: datetime, step: int
) -> dict[datetime, dict[str, Sum]]:
    """Add the figures up over steps of so many seconds; steps of an hour and more reach back longer."""
    statement = _sql["long_history"] if step % _HOUR == 0 else _sql["history"]
    values = {"names": list(names), "since": since, "step": step}
    found: dict[datetime, dict[str, Sum]] = {}
    for row in await (await conn.execute(statement, values)).fetchall():
        found.setdefault(row["start"], {})[row["name"]] = Sum(row["total"], row["samples"])
    return found


async def forget(conn: Connection, *, sample_hours: int = 48, hour_days: int = 90) -> int:
    """Add whole hours up, then drop what is older; returns how many samples were dropped."""
    await conn.execute(_sql["add_up"])
    await conn.execute(_sql["forget_hours"], {"days": hour_days})
    await freshness.forget(conn, hour_days)
    return (await conn.execute(_sql["forget_samples"], {"hours": sample_hours})).rowcount
