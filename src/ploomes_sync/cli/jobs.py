"""The queue of jobs: look at it, add to it, try a failed one again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit, NotFoundError
from ploomes_sync.cli.sync import Positive, StrategyName, UrgencyName

if TYPE_CHECKING:
    from ploomes_sync.domain.job import JobList

_EXAMPLES = """Examples:
  ploomes-sync jobs list --state failed
  ploomes-sync jobs add --category rentals --urgency high
  ploomes-sync jobs add --strategy batch --in-minutes 90
  ploomes-sync jobs retry 42
"""
StateName = Literal["todo", "doing", "succeeded", "failed", "cancelled", "aborted"]
Limit = Annotated[int, Parameter(validator=Number(gte=1, lte=1000), help="Show at most so many; 20 unless set.")]
Minutes = Annotated[
    float, Parameter(validator=Number(gte=0, lte=60 * 24 * 366), help="Begin only after so many minutes.")
]
_COLUMNS = ("id", "task", "state", "tries", "since", "not before", "ended", "about")

jobs = App(name="jobs", help="See, add and retry the jobs that workers take.", help_epilogue=_EXAMPLES)


@jobs.command(name="list")
async def list_(*, state: StateName | None = None, limit: Limit = 20, json: start.Json = False) -> int:
    """List the newest jobs, and tell how many workers are alive."""
    from ploomes_sync.domain.job import JobState
    from ploomes_sync.jobs.lookout import STALLED_SECONDS
    from ploomes_sync.store import jobs as store

    wanted = None if state is None else JobState(state)
    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        found = await store.recent(conn, limit, wanted, STALLED_SECONDS)
    if json:
        output.write_json(found)
    else:
        _tell(found)
    return Exit.DONE


@jobs.command
async def add(
    *,
    strategy: Annotated[StrategyName, Parameter(help="How to read; auto chooses and says why.")] = "auto",
    category: Annotated[tuple[str, ...], Parameter(help="Only this segment, such as rentals.")] = (),
    product_ids: Annotated[tuple[Positive, ...], Parameter(name="--id", help="Only this product.")] = (),
    urgency: Annotated[UrgencyName, Parameter(help="How soon the result is needed.")] = "normal",
    in_minutes: Minutes = 0,
    json: start.Json = False,
) -> int:
    """Let a worker sync products, at once or later."""
    import msgspec

    from ploomes_sync.bootstrap import load_profile
    from ploomes_sync.domain.run import Strategy, SyncRequest, Urgency
    from ploomes_sync.domain.strategy import Rules
    from ploomes_sync.engine.plan import check_request
    from ploomes_sync.store import jobs as store

    settings = start.load_settings()
    request = SyncRequest(
        strategy=None if strategy == "auto" else Strategy(strategy),
        segments=tuple(dict.fromkeys(category)),
        ids=tuple(dict.fromkeys(product_ids)),
        urgency=Urgency(urgency),
    )
    rules = Rules(refuse_excess=settings.real_time_excess == "refuse")
    check_request(request, load_profile(settings.profile), rules)
    at = datetime.now(UTC) + timedelta(minutes=in_minutes) if in_minutes else None
    async with start.opened_store(settings) as db, db.transaction() as conn:
        await store.defer(conn, "sync_products", msgspec.to_builtins(request), at=at)
    if json:
        output.write_json({"task": "sync_products", "scheduled_at": at})
    else:
        output.say("A worker takes it at once." if at is None else f"A worker takes it at {output.moment(at)}.")
    return Exit.DONE


@jobs.command
async def retry(job: int, *, json: start.Json = False) -> int:
    """Let a failed job be tried again; JOB is the id that `jobs list` prints."""
    from ploomes_sync.store import jobs as store

    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        found = await store.retry(conn, job)
    if not found:
        raise NotFoundError(
            f"There is no failed job {job} that could go on: `ploomes-sync jobs list --state failed` lists them; "
            "a run that has failed is asked for anew, by `ploomes-sync sync` or `ploomes-sync jobs add`."
        )
    if json:
        output.write_json({"id": job, "state": "todo"})
    else:
        output.say(f"Job {job} waits for a worker.")
    return Exit.DONE


def _tell(found: JobList) -> None:
    if found.jobs:
        table = output.Table(_COLUMNS, right=frozenset({0, 3}))
        for job in found.jobs:
            times = output.moment(job.deferred_at), output.moment(job.scheduled_at), output.moment(job.finished_at)
            about = " ".join(f"{name}={value}" for name, value in job.args.items() if name != "timestamp")
            table.add(job.id, job.task, job.state.value, job.attempts, *times, about or None)
        output.show(table)
    else:
        output.say("There is no such job.")
    alive = {0: "No worker is", 1: "One worker is"}.get(found.workers, f"{found.workers} workers are")
    output.say(f"{alive} alive." + ("" if found.workers else " Start one: `ploomes-sync worker`."))
