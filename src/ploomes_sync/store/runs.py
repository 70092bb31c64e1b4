"""Makes, claims, advances and finishes runs; a lease that ran out, not a person, frees a dead one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from ploomes_sync.domain.run import Facts, Outcome, Part, Plan, Run, RunStatus, SyncRequest
from ploomes_sync.errors import LeaseLostError, UnknownRunError
from ploomes_sync.store import products
from ploomes_sync.store.db import Connection, Row
from ploomes_sync.store.statements import statements

_sql = statements("runs")
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


async def create(conn: Connection, request: SyncRequest, plan: Plan) -> Run | None:
    """Record a new run; returns None when another covering run is open, which the caller may join."""
    values = {
        "request": Jsonb(msgspec.to_builtins(request)),
        "plan": Jsonb(msgspec.to_builtins(plan)),
        "strategy": plan.strategy.value,
        "reason": plan.reason,
        "covering": plan.covering,
        "complete": plan.complete,
        "watermark": plan.watermark,
    }
    return _one(await (await conn.execute(_sql["create"], values)).fetchone())


async def open_covering(conn: Connection) -> Run | None:
    """Return the covering run that is queued or running, if any."""
    return _one(await (await conn.execute(_sql["open_covering"])).fetchone())


async def resumable(conn: Connection) -> Run | None:
    """Return the oldest open run that nobody works on."""
    return _one(await (await conn.execute(_sql["resumable"])).fetchone())


async def is_free(conn: Connection, run_id: UUID) -> bool:
    """Tell whether the run is open and nobody works on it."""
    row = await (await conn.execute(_sql["is_free"], {"id": run_id})).fetchone()
    return bool(row and row["free"])


async def find(conn: Connection, run_id: UUID) -> Run | None:
    """Return one run."""
    return _one(await (await conn.execute(_sql["find"], {"id": run_id})).fetchone())


async def recent(
    conn: Connection, limit: int, status: str | None = None, strategy: str | None = None
) -> list[Run]:
    """Return the newest runs."""
    values = {"limit": limit, "status": status, "strategy": strategy}
    return [_run(row) for row in await (await conn.execute(_sql["recent"], values)).fetchall()]


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
    """Give the run back unfinished, so that the next process need not wait for the lease to run out."""
    await conn.execute(_sql["release"], {**lease.values(), "error": error})


async def finish(
    conn: Connection, lease: Lease, status: RunStatus, *, missing: int = 0, error: str | None = None
) -> Run:
    """End the run; raises LeaseLostError when another process has taken it over."""
    values = {**lease.values(), "status": status.value, "missing": missing, "error": error}
    run = _one(await (await conn.execute(_sql["finish"], values)).fetchone())
    if run is None:
        raise LeaseLostError("Another process has taken over this run.")
    return run


async def reopen(conn: Connection, run_id: UUID, allow_deletes: int) -> Run:
    """Let a run that waits for confirmation go on; raises UnknownRunError when it does not wait."""
    values = {"id": run_id, "allow_deletes": allow_deletes}
    run = _one(await (await conn.execute(_sql["reopen"], values)).fetchone())
    if run is None:
        raise UnknownRunError(f"Run {run_id} does not wait for a confirmation, or another sync of all is at work.")
    return run


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


async def events(conn: Connection, run_id: UUID, limit: int = 200) -> list[Row]:
    """Return the run's log, oldest first."""
    values = {"run_id": run_id, "limit": limit}
    return await (await conn.execute(_sql["events"], values)).fetchall()


async def tuning(conn: Connection, since: datetime, limit: int = 5) -> list[Row]:
    """Return the latest decisions of the tuner: `what` went from `before` to `after`, and the `reason`."""
    return await (await conn.execute(_sql["tuning"], {"since": since, "limit": limit})).fetchall()


def _one(row: Row | None) -> Run | None:
    return None if row is None else _run(row)


def _run(row: Row) -> Run:
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
    )
