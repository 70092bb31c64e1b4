"""The history of runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from cyclopts import Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import output, report, start
from ploomes_sync.cli.failure import Exit, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ploomes_sync.config import Settings
    from ploomes_sync.domain.history import RunEvent
    from ploomes_sync.domain.run import Run

StatusName = Literal["queued", "running", "needs_confirmation", "succeeded", "partial", "failed", "cancelled"]
ErrorName = Literal["network", "rate_limit", "database", "validation", "authentication", "unknown"]
_NONE = "No run fits. `ploomes-sync sync` makes one."


async def logs(  # noqa: PLR0913 - one parameter an option, and a person names them
    run: UUID | None = None,
    *,
    limit: Annotated[
        int, Parameter(validator=Number(gte=1, lte=500), help="At most so many; 20 unless set.")
    ] = 20,
    since: Annotated[datetime | None, Parameter(help="Only runs asked for at this time or later; UTC.")] = None,
    until: Annotated[datetime | None, Parameter(help="Only runs asked for before this time; UTC.")] = None,
    status: Annotated[StatusName | None, Parameter(help="Only runs that stand like this.")] = None,
    strategy: Annotated[
        Literal["real-time", "incremental", "batch"] | None, Parameter(help="Only runs that read like this.")
    ] = None,
    category: Annotated[str | None, Parameter(help="Only runs of this segment of the profile.")] = None,
    error: Annotated[ErrorName | None, Parameter(help="Only runs that met an error of this class.")] = None,
    text: Annotated[str, Parameter(help="Only runs with these words in reason, error or events.")] = "",
    after: Annotated[str | None, Parameter(help="Go on after a page: the `next` that --json printed.")] = None,
    json: start.Json = False,
) -> int:
    """List the latest runs, or show one run and its events.

    RUN is the id of one run.
    """
    settings = start.load_settings()
    if run is not None:
        return await _one(settings, run, json=json)
    asked: dict[str, object] = {
        "strategy": strategy,
        "status": status,
        "category": category,
        "error_class": error,
        "after": after,
    }
    asked |= {"since": _utc(since), "until": _utc(until)}
    return await _list(settings, {**asked, "text": text, "limit": limit}, json=json)


async def _list(settings: Settings, asked: dict[str, object], *, json: bool) -> int:
    import msgspec

    from ploomes_sync.domain.history import LogQuery, entry
    from ploomes_sync.store import history

    try:
        query = msgspec.convert(asked, LogQuery)
    except msgspec.ValidationError as fault:
        raise UsageError(f"{fault}.") from fault
    async with start.opened_store(settings) as db, db.transaction() as conn:
        found, following = await history.recent(conn, query)
    entries = [entry(each, datetime.now(UTC)) for each in found]
    if json:
        output.write_json({"runs": [report.shown(each) for each in entries], "next": following})
    elif entries:
        report.show_runs(entries)
    else:
        output.say(_NONE)
    return Exit.DONE


def _utc(moment: datetime | None) -> datetime | None:
    """Read a time without a zone as UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


async def _one(settings: Settings, run_id: UUID, *, json: bool) -> int:
    from ploomes_sync.engine.submit import find
    from ploomes_sync.store import history

    async with start.opened_store(settings) as db:
        run = await find(db, run_id)
        async with db.transaction() as conn:
            events = await history.events(conn, run_id)
    if json:
        output.write_json({**report.listed(run), "next": report.next_step(run), "events": events})
    else:
        _tell(run, events)
    return Exit.DONE


def _tell(run: Run, events: Sequence[RunEvent]) -> None:
    report.tell(run)
    if events:
        output.heading("Events")
        table = output.Table(("at", "event", "detail"))
        for event in events:
            detail = ", ".join(f"{name}={value}" for name, value in event.detail.items())
            table.add(output.moment(event.at), event.event, detail)
        output.show(table)
