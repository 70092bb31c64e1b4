"""Makes, claims, advances and finishes runs; a lease that ran out, not a person, frees a dead one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from psycopg.types.json import Jsonb

from ploomes_sync.domain.run import Facts, Outcome, Part, Plan, Run, RunStatus, SyncRequest
from ploomes_sync.domain.status import SourceCount
from ploomes_sync.errors import LeaseLostError
from ploomes_sync.store import products
from ploomes_sync.store.db import Connection, Row
from ploomes_sync.store.statements import statements

_sql = statements("runs")
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0
"""Seconds that a run rests after its first failure, and at most."""
_COUNTERS = tuple(name for name in Outcome.__struct_fields__ if name != "errors")


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for one run: `owner` names this process, `seconds` how long it lasts unrenewed."""

    run_id: UUID
    owner: str
    seconds: float

    def values(self) -> dict[str, Any]:
        """Return the lease as parameters of a statement."""
        return {"id": self.run_id, "owner": self.owner, "lease": self.seconds}


async def serialise(conn: Connection) -> None:
    """Let nobody else make, plan or reopen a run before this transaction ends."""
    await conn.execute(_sql["serialise"])


async def create(conn: Connection, request: SyncRequest, lease: Lease | None = None) -> Run:
    """Record a run that has no plan yet: queued, or claimed at once by whoever brings a lease of a new id."""
    values = {"id": uuid4(), "request": _json(request)}
    if lease is None:
        cursor = await conn.execute(_sql["create"], values)
    else:
        cursor = await conn.execute(_sql["create_claimed"], {**values, **lease.values()})
    return next(from_row(row) for row in await cursor.fetchall())


async def plan(conn: Connection, lease: Lease, plan: Plan) -> Run | None:
    """Give a claimed run its plan; returns None when another covering run is open: this one has to wait.

    Raises LeaseLostError when the run is no longer ours.
    """
    values = {
        **lease.values(),
        "plan": _json(plan),
        "strategy": plan.strategy.value,
        "reason": plan.reason,
        "covering": plan.covering,
        "complete": plan.complete,
        "watermark": plan.watermark,
    }
    await serialise(conn)
    planned = _one(await (await conn.execute(_sql["plan"], values)).fetchone())
    if planned is None:
        await renew(conn, lease)
    return planned


async def open_runs(conn: Connection) -> list[Run]:
    """Return the runs that are queued or running, oldest first."""
    return [from_row(row) for row in await (await conn.execute(_sql["open_runs"])).fetchall()]


async def keep_key(conn: Connection, key: str, run_id: UUID, request: SyncRequest) -> None:
    """Let an idempotency key stand for this run and this request."""
    values = {"origin": request.origin, "key": key, "run_id": run_id, "request": _json(request)}
    await conn.execute(_sql["keep_key"], values)


async def find_key(conn: Connection, origin: str, key: str) -> tuple[UUID, SyncRequest] | None:
    """Return the run and the request that an idempotency key of this kind of caller stands for."""
    row = await (await conn.execute(_sql["find_key"], {"origin": origin, "key": key})).fetchone()
    return None if row is None else (row["run_id"], msgspec.convert(row["request"], SyncRequest))


async def open_covering(conn: Connection) -> Run | None:
    """Return the covering run that is queued or running, if any."""
    return _one(await (await conn.execute(_sql["open_covering"])).fetchone())


async def resumable(conn: Connection) -> Run | None:
    """Return the oldest run that was begun, that nobody works on, and that need not rest after a failure."""
    return _one(await (await conn.execute(_sql["resumable"])).fetchone())


async def is_free(conn: Connection, run_id: UUID) -> bool:
    """Tell whether the run is open and nobody works on it."""
    row = await (await conn.execute(_sql["is_free"], {"id": run_id})).fetchone()
    return bool(row and row["free"])


async def find(conn: Connection, run_id: UUID) -> Run | None:
    """Return one run."""
    return _one(await (await conn.execute(_sql["find"], {"id": run_id})).fetchone())


async def claim(conn: Connection, lease: Lease) -> Run | None:
    """Take the run for this process; returns None when another process holds it or it has ended."""
    return _one(await (await conn.execute(_sql["claim"], lease.values())).fetchone())


async def advance(conn: Connection, lease: Lease, delta: Outcome, errors: dict[str, int]) -> None:
    """Add what was done and renew the lease, in the transaction of the rows themselves.

    `errors` are the totals of the run so far. Raises LeaseLostError when another process has taken it over.
    """
    counters = {name: getattr(delta, name) for name in _COUNTERS}
    values = {**lease.values(), **counters, "errors": Jsonb(errors)}
    if await (await conn.execute(_sql["advance"], values)).fetchone() is None:
        raise LeaseLostError("Another process has taken over this run.")


async def renew(conn: Connection, lease: Lease) -> None:
    """Keep the run; raises LeaseLostError when another process has taken it over."""
    if await (await conn.execute(_sql["renew"], lease.values())).fetchone() is None:
        raise LeaseLostError("Another process has taken over this run.")


async def release(conn: Connection, lease: Lease, error: str | None) -> None:
    """Give the run back unfinished, so that the next process need not wait for the lease to run out.

    After an error it rests, longer with each failure in a row, until somebody asks for it.
    """
    pauses = {"first_pause": FIRST_PAUSE, "longest_pause": LONGEST_PAUSE}
    await conn.execute(_sql["release"], {**lease.values(), **pauses, "error": error})


async def finish(
    conn: Connection, lease: Lease, status: RunStatus, *, missing: int = 0, error: str | None = None
) -> Run:
    """End the run; raises LeaseLostError when another process has taken it over."""
    values = {**lease.values(), "status": status.value, "missing": missing, "error": error}
    run = _one(await (await conn.execute(_sql["finish"], values)).fetchone())
    if run is None:
        raise LeaseLostError("Another process has taken over this run.")
    return run


async def keep_count(conn: Connection, run_id: UUID, products: int) -> None:
    """Keep how many products Ploomes has, beside what the mirror and quarantine hold in the same moment."""
    await conn.execute(_sql["keep_count"], {"run_id": run_id, "products": products})


async def source_count(conn: Connection) -> SourceCount | None:
    """Return what Ploomes counted at the end of the newest run that asked."""
    row = await (await conn.execute(_sql["source_count"])).fetchone()
    return None if row is None else SourceCount(**row)


async def reopen(conn: Connection, run_id: UUID, allow_deletes: int) -> Run | None:
    """Let a run that waits for confirmation go on; returns None when it does not wait, or another covers all."""
    await serialise(conn)
    values = {"id": run_id, "allow_deletes": allow_deletes}
    return _one(await (await conn.execute(_sql["reopen"], values)).fetchone())


async def cancel(conn: Connection, run_id: UUID) -> Run | None:
    """End a run that has not ended, whoever works on it; returns None when it has."""
    return _one(await (await conn.execute(_sql["cancel"], {"id": run_id})).fetchone())


async def parts(conn: Connection, run_id: UUID) -> list[Part]:
    """Return the stretches of the id space that the run reads."""
    rows = await (await conn.execute(_sql["parts"], {"run_id": run_id})).fetchall()
    return [
        Part(
            number=row["number"],
            after=row["after_id"],
            upto=row["upto_id"],
            done=row["done"],
            remaining=row["remaining"],
        )
        for row in rows
    ]


async def save_part(conn: Connection, run_id: UUID, part: Part) -> None:
    """Store a part's cursor."""
    await conn.execute(_sql["save_part"], {"run_id": run_id, **msgspec.structs.asdict(part)})


async def suspect(conn: Connection, run_id: UUID, ids: Sequence[int]) -> None:
    """Remember products that the walk should have met and did not."""
    if ids:
        await conn.execute(_sql["suspect"], {"run_id": run_id, "ids": list(ids)})


async def suspects(conn: Connection, run_id: UUID, limit: int) -> list[int]:
    """Return products that the walk should have met and did not."""
    values = {"run_id": run_id, "limit": limit}
    rows = await (await conn.execute(_sql["suspects"], values)).fetchall()
    return [row["ploomes_id"] for row in rows]


async def count_suspects(conn: Connection, run_id: UUID) -> int:
    """Count the suspects that are left."""
    row = await (await conn.execute(_sql["count_suspects"], {"run_id": run_id})).fetchone()
    return int(row["suspects"]) if row else 0


async def clear_suspects(conn: Connection, run_id: UUID, ids: Sequence[int]) -> None:
    """Strike suspects that have been looked into."""
    await conn.execute(_sql["clear_suspects"], {"run_id": run_id, "ids": list(ids)})


async def facts(conn: Connection) -> Facts:
    """Read from the history what choosing a strategy needs."""
    row = await (await conn.execute(_sql["watermark"])).fetchone() or {}
    return Facts(**row, stored=await products.count_stored(conn))


async def append_event(conn: Connection, run_id: UUID | None, event: str, detail: dict[str, Any]) -> None:
    """Write one line into the run's log."""
    values = {"run_id": run_id, "event": event, "detail": Jsonb(detail)}
    await conn.execute(_sql["append_event"], values)


async def tuning(conn: Connection, since: datetime, limit: int = 5) -> list[Row]:
    """Return the latest decisions of the tuner: `what` went from `before` to `after`, and the `reason`."""
    return await (await conn.execute(_sql["tuning"], {"since": since, "limit": limit})).fetchall()


def _json(value: msgspec.Struct) -> Jsonb:
    return Jsonb(msgspec.to_builtins(value))


def _one(row: Row | None) -> Run | None:
    return None if row is None else from_row(row)


def from_row(row: Row) -> Run:
    """Read a row of `runs`."""
    return Run(
        id=row["id"],
        request=msgspec.convert(row["request"], SyncRequest),
        status=RunStatus(row["status"]),
        plan=None if row["plan"] is None else msgspec.convert(row["plan"], Plan),
        outcome=Outcome(**{name: row[name] for name in _COUNTERS}, errors=row["errors"]),
        attempt=row["attempt"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        lease_owner=row["lease_owner"],
        lease_until=row["lease_until"],
        error=row["error"],
        missing=row["missing"],
        failures=row["failures"],
        resume_after=row["resume_after"],
    )
