"""A run as people and programs read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ploomes_sync.cli import output
from ploomes_sync.cli.failure import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ploomes_sync.domain.history import RunEntry
    from ploomes_sync.domain.run import Run

Document = dict[str, object]
_CODES = {
    "succeeded": Exit.DONE,
    "partial": Exit.PARTIAL,
    "needs_confirmation": Exit.NEEDS_CONFIRMATION,
    "failed": Exit.FAILED,
    "cancelled": Exit.FAILED,
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
    told = listed(run)
    if run.status in _UNFINISHED:
        told["status"] = "failed"
        told["error"] = run.error or _why_open(interrupted=interrupted)
    told["next"] = next_step(run)
    return told


def listed(run: Run) -> Document:
    """Return a run of the history as it stands."""
    from ploomes_sync.domain.history import entry

    return shown(entry(run, datetime.now(UTC)))


def shown(run: RunEntry) -> Document:
    """Return an entry of the history; a dry run has no id, since nothing was written."""
    import msgspec

    return {**msgspec.to_builtins(run), "dry_run": run.run_id is None}


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


def show_runs(found: Sequence[RunEntry]) -> None:
    """Print one line a run."""
    table = output.Table(_RUN_COLUMNS, right=frozenset(range(4, 10)))
    for run in found:
        numbers = (run.fetched, run.inserted, run.updated, run.deleted, run.rejected, run.requests)
        table.add(
            run.run_id,
            output.moment(run.started_at or run.created_at),
            _listed_status(run),
            run.strategy.value if run.strategy else None,
            *map(output.number, numbers),
            output.span(run.duration_seconds),
        )
    output.show(table)


def _listed_status(run: RunEntry) -> str:
    words = run.status.words
    if run.status in _UNFINISHED and run.progress is not None:
        return f"{words}, {run.progress:.0%}"
    return words
