"""Work on what was asked for, what is due and what webhooks have named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit

if TYPE_CHECKING:
    from ploomes_sync.service.app import PloomesSync

Concurrency = Annotated[int | None, Parameter(validator=Number(gte=1, lte=64), help="Jobs at once; 4 unless set.")]


async def worker(*, concurrency: Concurrency = None) -> int:
    """Work on runs, keep the schedules and fetch what webhooks have named, until Ctrl-C or SIGTERM.

    Start as many as you like, on any machines: each run is worked on by one, and each tick of a schedule happens
    once. A worker that is stopped gives its runs back at their next page; one that is killed loses nothing either.
    """
    from ploomes_sync.cli.stopping import stopping
    from ploomes_sync.jobs.worker import CONCURRENCY, GRACE_SECONDS, run_worker
    from ploomes_sync.service.app import open_app

    settings = start.load_settings()
    asked = stopping(GRACE_SECONDS + 5)
    async with open_app(settings, stopping=asked, role="worker") as app:
        output.warn(_greeting(app))
        await run_worker(app, asked, concurrency=concurrency or CONCURRENCY)
    output.warn("Stopped; what was left is taken up by the next worker.")
    return Exit.DONE


def _greeting(app: PloomesSync) -> str:
    settings = app.settings
    if app.parts is None:
        return "Working on upkeep only: without PLOOME_API_KEY nothing is synced. Ctrl-C ends it."
    plans = {"sync": settings.sync_schedule, "complete walk": settings.complete_schedule}
    told = ", ".join(f"{name} {cron}" for name, cron in plans.items())
    return f"Working on jobs and webhooks; {told} ({settings.schedule_timezone}). Ctrl-C ends it."
