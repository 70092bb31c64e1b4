"""The history of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from cyclopts import Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import output, report, start
from ploomes_sync.cli.failure import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ploomes_sync.config import Settings
    from ploomes_sync.domain.run import Run
    from ploomes_sync.store.db import Row

StatusName = Literal["queued", "running", "needs_confirmation", "succeeded", "partial", "failed"]
_NONE = "No run fits. `ploomes-sync sync` makes one."


async def logs(
    run: UUID | None = None,
    *,
    limit: Annotated[
        int, Parameter(validator=Number(gte=1, lte=1000), help="At most so many; 20 unless set.")
    ] = 20,
    status: Annotated[StatusName | None, Parameter(help="Only runs that stand like this.")] = None,
    strategy: Annotated[
        Literal["real-time", "incremental", "batch"] | None, Parameter(help="Only runs that read like this.")
    ] = None,
    json: start.Json = False,
) -> int:
    """List the latest runs, or show one run and its events.

    RUN is the id of one run.
    """
    from ploomes_sync.store import runs

    settings = start.load_settings()
    if run is not None:
        return await _one(settings, run, json=json)
    async with start.opened_store(settings) as db, db.transaction() as conn:
        found = await runs.recent(conn, limit, status, strategy)
    if json:
        output.write_json({"runs": [report.listed(each) for each in found]})
    elif found:
        report.show_runs(found)
    else:
        output.say(_NONE)
    return Exit.DONE


async def _one(settings: Settings, run_id: UUID, *, json: bool) -> int:
    from ploomes_sync.errors import UnknownRunError
    from ploomes_sync.store import runs

    async with start.opened_store(settings) as db, db.transaction() as conn:
        run = await runs.find(conn, run_id)
        events = await runs.events(conn, run_id)
    if run is None:
        raise UnknownRunError(f"There is no run {run_id}.")
    if json:
        output.write_json({**report.listed(run), "next": report.next_step(run), "events": events})
    else:
        _tell(run, events)
    return Exit.DONE


def _tell(run: Run, events: Sequence[Row]) -> None:
    report.tell(run)
    if events:
        output.heading("Events")
        table = output.Table(("at", "event", "detail"))
        for event in events:
            detail = ", ".join(f"{name}={value}" for name, value in event["detail"].items())
            table.add(output.moment(event["at"]), event["event"], detail)
        output.show(table)
