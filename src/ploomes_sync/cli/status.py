"""How the installation stands, and whether it is well."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from ploomes_sync.cli import catalogue, output, report, start
from ploomes_sync.cli.failure import Exit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ploomes_sync.config import Settings
    from ploomes_sync.domain.status import Delays, ErrorStat, Freshness, Health, SystemStatus, TunerStep
    from ploomes_sync.service.monitor import Monitor

_EMPTY = "No sync has finished yet: run `ploomes-sync sync`, or `ploomes-sync demo` to try it without an account."
_MARKS = {"ok": "ok", "warning": "look", "failed": "FAILED"}


async def status(*, json: start.Json = False) -> int:
    """Show how fresh and how large the stored catalogue is, what runs, and what waits for a person."""
    settings = start.load_settings()
    async with _monitor(settings, check=True) as monitor:
        standing = await monitor.status()
    if json:
        output.write_json(standing)
    else:
        _tell(standing)
    return Exit.DONE


async def health(*, json: start.Json = False) -> int:
    """Judge each part of the service: exit code 0 when all work, 1 when one has failed."""
    found = await _judged(start.load_settings())
    if json:
        output.write_json(found)
    else:
        table = output.Table(("part", "state", "what is known"))
        for part in found.parts:
            table.add(part.name, _MARKS[part.level.value], part.reason)
        output.show(table)
    return Exit.DONE if found.ok else Exit.FAILED


async def _judged(settings: Settings) -> Health:
    """Return the health; a database that cannot even be opened is a part that has failed."""
    from ploomes_sync.errors import StoreDownError, StoreError
    from ploomes_sync.service.monitor import unreachable

    try:
        async with _monitor(settings, check=False) as monitor:
            return await monitor.health()
    except (StoreDownError, StoreError) as error:
        return unreachable(settings, str(error))


@asynccontextmanager
async def _monitor(settings: Settings, *, check: bool) -> AsyncIterator[Monitor]:
    from ploomes_sync.bootstrap import open_store
    from ploomes_sync.service.monitor import open_monitor

    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(open_store(settings, check=check))
        yield await stack.enter_async_context(open_monitor(db, settings, role="cli", sampling=False))


def _tell(status: SystemStatus) -> None:
    if status.covered_at is None:
        output.say(_EMPTY)
    webhooks, jobs = status.webhooks, status.jobs
    output.show_facts(
        [
            ("freshness", _freshness(status)),
            ("changes arrive", _delays(status.freshness)),
            ("source read up to", output.moment(status.watermark)),
            ("complete walk", output.moment(status.complete_at)),
            ("next sync", output.moment(status.next_sync_at) if jobs.workers else "no worker is running"),
            ("quarantined", _quarantined(status)),
            ("budget", _budget(status)),
            ("webhooks", f"{webhooks.waiting:,} products wait to be fetched" if webhooks.waiting else None),
            ("jobs", f"{jobs.waiting} waiting, {jobs.running} running" if jobs.waiting or jobs.running else None),
            ("failures in 24 h", ", ".join(map(_failure, status.errors))),
            ("tuned in 24 h", ", ".join(map(_step, status.tuning))),
            ("database", _database(status)),
            ("schema version", status.schema_version),
        ]
    )
    catalogue.show_counts(status.totals.segments, status.totals.products)
    if status.runs:
        report.show_runs(status.runs)
    for warning in status.warnings:
        output.warn(f"! {warning}")


def _freshness(status: SystemStatus) -> str | None:
    age = output.span(status.covered_seconds)
    return f"{age} (the newest sync of everything began {output.moment(status.covered_at)})" if age else None


def _delays(fresh: Freshness) -> str | None:
    """Say how late changes arrive; nothing when none has come within a day."""
    told: list[tuple[str, Freshness | Delays]] = [("24 h", fresh), ("the last hour", fresh.last_hour)]
    words = [
        f"{output.span(found.p50)} late (half of {found.changes:,} in {when}), {output.span(found.p99)} at p99"
        for when, found in told
        if found.changes
    ]
    return "; ".join(words) or None


def _quarantined(status: SystemStatus) -> str:
    parked = status.quarantine
    reasons = ", ".join(f"{reason} {count}" for reason, count in parked.by_reason.items())
    return f"{parked.parked:,} ({reasons}): `ploomes-sync quarantine list`" if parked.parked else "none"


def _budget(status: SystemStatus) -> str:
    budget = status.budget
    words = [f"{budget.limit} requests a minute, {budget.left} left" if budget.limit else "no limit"]
    if budget.blocked_seconds:
        words.append(f"Ploomes asked for a pause of {output.span(budget.blocked_seconds)}")
    if budget.slow_seconds:
        words.append(f"half speed for {output.span(budget.slow_seconds)}")
    if budget.breaker != "closed":
        words.append("Ploomes fails: only now and then is it asked")
    return ", ".join(words)


def _database(status: SystemStatus) -> str:
    database = status.database
    size = (database.size_bytes or 0) / 1_000_000
    connections = f"{database.connections} connections of {database.connections_most}"
    return f"PostgreSQL {database.version}, {size:,.0f} MB, {connections}"


def _failure(stat: ErrorStat) -> str:
    return f"{stat.error_class.value} {stat.failures} at {stat.endpoint}"


def _step(step: TunerStep) -> str:
    return f"{step.what} {step.before} → {step.after}: {step.reason}"
