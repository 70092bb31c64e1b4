"""How the catalogue stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ploomes_sync.cli import catalogue, output, report, start
from ploomes_sync.cli.failure import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ploomes_sync.config import Settings
    from ploomes_sync.domain.run import Facts, Run
    from ploomes_sync.domain.search import Facets
    from ploomes_sync.store.db import Database, Row

_RUNS = 10
_LATELY = timedelta(hours=24)
_EMPTY = "No sync has finished yet: run `ploomes-sync sync`, or `ploomes-sync demo` to try it without an account."
_ACTIVE = ("queued", "running")


@dataclass(frozen=True, slots=True)
class _Standing:
    """Everything that the command shows, as of `now`."""

    now: datetime
    facts: Facts
    runs: Sequence[Run]
    counts: Facets
    parked: int
    budget: Row
    limit: int
    failures: Sequence[Row]
    tuning: Sequence[Row]
    schema: int


async def status(*, json: start.Json = False) -> int:
    """Show how fresh and how large the stored catalogue is, the latest runs, and what waits for a person."""
    settings = start.load_settings()
    async with start.opened_store(settings) as db:
        standing = await _read(db, settings)
    if json:
        output.write_json(_document(standing))
    else:
        _tell(standing)
    return Exit.DONE


async def _read(db: Database, settings: Settings) -> _Standing:
    from ploomes_sync.resilience.pace import Pace
    from ploomes_sync.store import failures, quarantine, runs
    from ploomes_sync.store.budget import Budget
    from ploomes_sync.store.migrate import migrations

    budget = await Budget(db, Pace(settings.rate_limit)).state()
    now = datetime.now(UTC)
    async with db.transaction() as conn:
        return _Standing(
            now=now,
            facts=await runs.facts(conn),
            runs=await runs.recent(conn, _RUNS),
            counts=await catalogue.counts(conn, settings.profile),
            parked=await quarantine.count_parked(conn),
            budget=budget,
            limit=settings.rate_limit,
            failures=await failures.get_error_stats(conn, now - _LATELY),
            tuning=await runs.tuning(conn, now - _LATELY),
            schema=migrations()[-1].version,
        )


def _age(standing: _Standing) -> float | None:
    covered = standing.facts.covered_at
    return None if covered is None else (standing.now - covered) / timedelta(seconds=1)


def _failure(row: Row) -> str:
    return f"{row['error_class']} {row['failures']} at {row['endpoint']}"


def _step(row: Row) -> str:
    return f"{row['what']} {row['before']} → {row['after']}: {row['reason']}"


def _document(standing: _Standing) -> dict[str, object]:
    active = [report.listed(run) for run in standing.runs if run.status in _ACTIVE]
    return {
        "fresh_seconds": _age(standing),
        "covered_at": standing.facts.covered_at,
        "complete_at": standing.facts.complete_at,
        "watermark": standing.facts.watermark,
        "products": standing.counts.total,
        "segments": standing.counts.segments,
        "types": standing.counts.types,
        "quarantined": standing.parked,
        "running": active[0] if active else None,
        "runs": [report.listed(run) for run in standing.runs],
        "errors": standing.failures,
        "tuning": standing.tuning,
        "budget": {"requests_per_minute": standing.limit, **standing.budget},
        "schema_version": standing.schema,
    }


def _tell(standing: _Standing) -> None:
    if standing.facts.covered_at is None:
        output.say(_EMPTY)
    parked = f"{standing.parked:,}: `ploomes-sync quarantine list`" if standing.parked else "none"
    output.show_facts(
        [
            ("freshness", _freshness(standing)),
            ("source read up to", output.moment(standing.facts.watermark)),
            ("complete walk", output.moment(standing.facts.complete_at)),
            ("quarantined", parked),
            ("budget", _budget(standing)),
            ("failures in 24 h", ", ".join(map(_failure, standing.failures))),
            ("tuned in 24 h", ", ".join(map(_step, standing.tuning))),
            ("schema version", standing.schema),
        ]
    )
    catalogue.show_counts(standing.counts)
    if standing.runs:
        report.show_runs(standing.runs)


def _freshness(standing: _Standing) -> str | None:
    age = output.span(_age(standing))
    return (
        f"{age} (the newest sync of everything began {output.moment(standing.facts.covered_at)})" if age else None
    )


def _budget(standing: _Standing) -> str:
    words = [f"{standing.limit} requests a minute" if standing.limit else "no limit"]
    if standing.budget["blocked"]:
        words.append(f"Ploomes asked for a pause of {output.span(standing.budget['blocked'])}")
    if standing.budget["slow"]:
        words.append(f"half speed for {output.span(standing.budget['slow'])}")
    if standing.budget["breaker"] != "closed":
        words.append("Ploomes fails: only now and then is it asked")
    return ", ".join(words)
