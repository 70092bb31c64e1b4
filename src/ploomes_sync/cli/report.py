"""A run as people and programs read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ploomes_sync.cli import output
from ploomes_sync.cli.failure import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ploomes_sync.domain.run import Run

Document = dict[str, object]
_COUNTERS = (
    "requests",
    "retries",
    "pages",
    "fetched",
    "inserted",
    "updated",
    "unchanged",
    "deleted",
    "restored",
    "rejected",
    "stale",
)
_CODES = {
    "succeeded": Exit.DONE,
    "partial": Exit.PARTIAL,
    "needs_confirmation": Exit.NEEDS_CONFIRMATION,
    "failed": Exit.FAILED,
}
_RUN_COLUMNS = (
    "run",
    "started",
    "status",
    "strategy",
    "read",
    "new",
    "changed",
    "deleted",
    "parked",
    "requests",
    "took",
)
_UNFINISHED = ("queued", "running")


def exit_code(run: Run, *, interrupted: bool) -> Exit:
    """Return what the process tells its caller about a run."""
    if run.status in _UNFINISHED:
        return Exit.INTERRUPTED if interrupted else Exit.FAILED
    return _CODES[run.status.value]


def document(run: Run, *, interrupted: bool = False) -> Document:
    """Return a run that this process has worked on; one that did not come to its end has failed so far."""
    shown = listed(run)
    if run.status in _UNFINISHED:
        shown["status"] = "failed"
        shown["error"] = run.error or _why_open(interrupted=interrupted)
    shown["next"] = next_step(run)
    return shown


def listed(run: Run) -> Document:
    """Return a run of the history as it stands."""
    seconds = duration(run)
    saved = run.id.int != 0
    return {
        "run_id": str(run.id) if saved else None,
        "status": run.status.value,
        "strategy": run.plan.strategy.value if run.plan else None,
        "reason": run.plan.reason if run.plan else None,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "duration_seconds": None if seconds is None else round(seconds, 3),
        **{name: getattr(run.outcome, name) for name in _COUNTERS},
        "records_per_second": rate(run),
        "errors": run.outcome.errors,
        "attempt": run.attempt,
        "dry_run": not saved,
        "expected": run.plan.expected if run.plan else None,
        "missing": run.missing,
        "error": run.error,
    }


def duration(run: Run) -> float | None:
    """Return how long a run took, or has taken so far."""
    if run.started_at is None:
        return None
    return ((run.finished_at or datetime.now(UTC)) - run.started_at).total_seconds()


def rate(run: Run) -> float:
    """Return how many records a second the run has read."""
    seconds = duration(run)
    return round(run.outcome.fetched / seconds, 2) if seconds else 0.0


def next_step(run: Run) -> str | None:
    """Return what a person should do about the run, if anything."""
    match run.status.value:
        case "needs_confirmation":
            return f"ploomes-sync confirm {run.id} --allow-deletes {run.missing + run.outcome.deleted}"
        case "partial":
            return "ploomes-sync quarantine list"
        case "failed":
            return "ploomes-sync doctor"
        case "queued" | "running":
            return "ploomes-sync sync"
        case _:
            return None


def _why_open(*, interrupted: bool) -> str:
    return "Interrupted before the end." if interrupted else "The run did not come to its end."


def tell(run: Run, *, interrupted: bool = False) -> None:
    """Print the summary of a run."""
    done, seconds = run.outcome, duration(run)
    requests = f"{done.requests:,}" + (f" ({done.retries} of them repeated)" if done.retries else "")
    changes = f"{done.inserted:,} new, {done.updated:,} changed, {done.unchanged:,} unchanged"
    rare = [("deleted", done.deleted), ("restored", done.restored), ("older than ours", done.stale)]
    changes += "".join(f", {count:,} {name}" for name, count in rare if count)
    output.show_facts(
        [
            ("status", _status(run, interrupted=interrupted)),
            ("run", run.id if run.id.int else "dry run: nothing was written"),
            ("strategy", f"{run.plan.strategy.value}: {run.plan.reason}" if run.plan else None),
            ("products", f"{done.fetched:,} read in {output.span(seconds)}, {rate(run):,.0f} a second"),
            ("changes", changes),
            ("requests", f"{requests}, {done.pages:,} pages"),
            ("quarantined", output.number(done.rejected) if done.rejected else None),
            ("errors", ", ".join(f"{name} {count}" for name, count in done.errors.items())),
            ("error", run.error),
            ("next", _advice(run)),
        ]
    )


def _status(run: Run, *, interrupted: bool) -> str:
    words = run.status.value.replace("_", " ")
    if run.status in _UNFINISHED:
        return "interrupted" if interrupted else "not finished"
    return f"{words}, attempt {run.attempt}" if run.attempt > 1 else words


def _advice(run: Run) -> str | None:
    step = next_step(run)
    match run.status.value:
        case "needs_confirmation":
            return f"{run.missing:,} products would be deleted; if that is right: `{step}`"
        case "queued" | "running":
            return f"`{step}` goes on where this one stopped"
        case _:
            return f"`{step}`" if step else None


def show_runs(found: Sequence[Run]) -> None:
    """Print one line a run."""
    table = output.Table(_RUN_COLUMNS, right=frozenset(range(4, 10)))
    for run in found:
        done = run.outcome
        numbers = (done.fetched, done.inserted, done.updated, done.deleted, done.rejected, done.requests)
        table.add(
            run.id,
            output.moment(run.started_at or run.created_at),
            _listed_status(run),
            run.plan.strategy.value if run.plan else None,
            *map(output.number, numbers),
            output.span(duration(run)),
        )
    output.show(table)


def _listed_status(run: Run) -> str:
    words = run.status.value.replace("_", " ")
    expected = run.plan.expected if run.plan else None
    if run.status in _UNFINISHED and expected:
        return f"{words}, {run.outcome.fetched / expected:.0%}"
    return words
