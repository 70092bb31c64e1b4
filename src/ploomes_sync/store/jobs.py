"""The queue of jobs: deferred in the caller's transaction, given back when a worker is gone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from ploomes_sync.domain.job import Job, JobList, JobState
from ploomes_sync.store.db import Connection
from ploomes_sync.store.statements import statements

_sql = statements("jobs")

SYNC_QUEUE = "sync"
"""Jobs that ask Ploomes: only a worker with a key takes them."""
UPKEEP_QUEUE = "upkeep"
"""Jobs that need the database only."""
WORK_RUN = "work_run"


async def defer(
    conn: Connection,
    task: str,
    args: Mapping[str, Any],
    *,
    queueing_lock: str | None = None,
    priority: int = 0,
    at: datetime | None = None,
) -> bool:
    """Put a job into the queue; it is there once the caller's transaction has committed.

    False when a job with the same queueing lock is waiting already. A higher priority goes first.
    """
    values = {
        "queue": SYNC_QUEUE,
        "task": task,
        "args": Jsonb(dict(args)),
        "queueing_lock": queueing_lock,
        "priority": priority,
        "at": at,
    }
    return await (await conn.execute(_sql["defer"], values)).fetchone() is not None


async def take_turn(conn: Connection) -> bool:
    """Tell whether this process may look after the others' jobs, until the transaction ends."""
    row = await (await conn.execute(_sql["take_turn"])).fetchone()
    return bool(row and row["mine"])


async def rescue(conn: Connection, seconds: float) -> list[int]:
    """Give back the jobs of workers that have been silent for so long; returns which."""
    rows = await (await conn.execute(_sql["stalled"], {"seconds": seconds})).fetchall()
    ids = [row["id"] for row in rows]
    await give_back(conn, ids)
    return ids


async def held(conn: Connection, worker_id: int) -> set[int]:
    """Return the jobs that the database believes a worker to be at."""
    rows = await (await conn.execute(_sql["held"], {"worker_id": worker_id})).fetchall()
    return {row["id"] for row in rows}


async def give_back(conn: Connection, ids: Collection[int]) -> None:
    """Let jobs that nobody works on be fetched anew."""
    for job_id in sorted(ids):
        # One after the other: of two for the same run the second must see that the first waits again.
        await conn.execute(_sql["give_back"], {"id": job_id})


async def adopt(conn: Connection, seconds: float) -> list[str]:
    """Defer a job for each open run, older than so many seconds, that has none and that nobody works on."""
    values = {"queue": SYNC_QUEUE, "task": WORK_RUN, "seconds": seconds}
    rows = await (await conn.execute(_sql["adopt"], values)).fetchall()
    return [row["run_id"] for row in rows]


async def retry(conn: Connection, job_id: int) -> bool:
    """Let a failed job be tried again; False when there is no such job, or when its run has ended."""
    return await (await conn.execute(_sql["retry"], {"id": job_id})).fetchone() is not None


async def recent(conn: Connection, limit: int, state: JobState | None, alive_seconds: float) -> JobList:
    """Return the newest jobs, and count the workers that have been heard of within so many seconds."""
    values = {"limit": limit, "state": None if state is None else state.value}
    rows = await (await conn.execute(_sql["recent"], values)).fetchall()
    row = await (await conn.execute(_sql["workers"], {"seconds": alive_seconds})).fetchone()
    return JobList(workers=row["alive"] if row else 0, jobs=tuple(msgspec.convert(rows, list[Job])))


async def forget(conn: Connection, days: int) -> int:
    """Drop jobs that ended so many days ago, and workers that are gone; returns how many jobs."""
    await conn.execute(_sql["forget_workers"])
    return (await conn.execute(_sql["forget"], {"days": days})).rowcount
