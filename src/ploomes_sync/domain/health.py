"""Judges a snapshot: which parts work, which deserve a look, which have failed (pure)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ploomes_sync.domain.run import RunStatus
from ploomes_sync.domain.status import Health, HealthPart, Level, SystemStatus
from ploomes_sync.errors import ErrorClass

_GB = 1_000_000_000
_HOUR = 3600.0
_WEBHOOK_SLOW, _WEBHOOK_STUCK = 120.0, 900.0
_JUDGED = (RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.FAILED)
Verdict = tuple[Level, str]


@dataclass(frozen=True, slots=True)
class HealthLimits:
    """Hours without a sync of everything from which on that is late, and from which on it has failed."""

    late_hours: float = 6.6
    covered_hours: float = 12.0
    disk_low: float = 0.10
    disk_full: float = 0.03


def judge(status: SystemStatus, limits: HealthLimits) -> Health:
    """Say of each part how it stands."""
    parts = []
    for name, (judged, stored) in _PARTS.items():
        unread = stored and status.read_at is None
        level, reason = _UNKNOWN if unread else judged(status, limits)
        parts.append(HealthPart(name=name, ok=level is not Level.FAILED, level=level, reason=reason))
    return Health(ok=all(part.ok for part in parts), checked_at=status.generated_at, parts=tuple(parts))


_UNKNOWN: Verdict = (Level.WARNING, "Nothing is known of it before PostgreSQL answers.")


def _postgres(status: SystemStatus, _: HealthLimits) -> Verdict:
    found = status.database
    if found.ok:
        return Level.OK, f"PostgreSQL {found.version} answered in {(found.latency_seconds or 0) * 1000:.0f} ms."
    age = "" if status.age_seconds is None else f" What is shown is {status.age_seconds:.0f} s old."
    return Level.FAILED, f"{found.error or 'PostgreSQL does not answer.'}{age}"


def _schema(status: SystemStatus, _: HealthLimits) -> Verdict:
    have, want = status.schema_version, status.schema_expected
    if have == want:
        return Level.OK, f"The schema has version {have}."
    if (have or 0) < want:
        return (
            Level.FAILED,
            f"The schema has version {have}, this program needs {want}: run `ploomes-sync migrate`.",
        )
    return Level.FAILED, f"The schema has version {have}, newer than this program's {want}: install a newer one."


def _ploomes(status: SystemStatus, _: HealthLimits) -> Verdict:
    last = next((run for run in status.runs if run.status in _JUDGED), None)
    if not status.source_configured:
        return Level.WARNING, "No key is set (PLOOME_API_KEY): only what is stored is served."
    if last and last.status is RunStatus.FAILED and ErrorClass.AUTHENTICATION in last.errors:
        return Level.FAILED, f"Ploomes refused the key: {last.error or 'it answered 401.'}"
    if status.budget.breaker == "open":
        return Level.FAILED, "Ploomes fails; it is asked again after a pause, and runs wait for it."
    if status.budget.breaker == "half_open":
        return Level.WARNING, "Ploomes failed lately and is being tried again."
    if status.budget.blocked_seconds > 1:
        return Level.WARNING, f"Ploomes asked for a pause of {status.budget.blocked_seconds:.0f} s."
    return Level.OK, "Ploomes answers as far as is known."


def _worker(status: SystemStatus, _: HealthLimits) -> Verdict:
    if not status.jobs.workers:
        return Level.FAILED, "No worker is running: start `ploomes-sync worker` or `ploomes-sync serve`."
    if status.jobs.failed:
        return Level.WARNING, f"{status.jobs.failed} jobs have failed within 24 hours."
    return Level.OK, f"{status.jobs.workers} at work, {status.jobs.waiting} jobs waiting."


def _freshness(status: SystemStatus, limits: HealthLimits) -> Verdict:
    age = status.covered_seconds
    if age is None:
        return Level.FAILED, "No sync of everything has finished yet: run `ploomes-sync sync`."
    text = f"The newest sync of everything began {age / _HOUR:.1f} h ago"
    if age > limits.covered_hours * _HOUR:
        return Level.FAILED, f"{text}, more than {limits.covered_hours:g} h: look at `ploomes-sync logs`."
    if age > limits.late_hours * _HOUR:
        return Level.WARNING, f"{text}, later than planned."
    return Level.OK, f"{text}."


def _complete(status: SystemStatus, _: HealthLimits) -> Verdict:
    """Hold the mirror against the count of Ploomes, both as they were when the newest complete walk ended.

    What has come or gone since then, by webhooks or by a person, may only mend a difference, never make one.
    """
    source = status.source
    if source is None:
        return Level.OK, "Ploomes has not told yet how many products it has."
    if source.missing and source.products - status.totals.products - status.quarantine.parked:
        return Level.WARNING, (
            f"Ploomes had {source.products:,} products at the last full sync, the mirror had "
            f"{source.stored:,} and {source.parked:,} were in quarantine: a full sync finds what differs."
        )
    parked = f", {source.parked:,} of them in quarantine" if source.parked else ""
    return Level.OK, f"All {source.products:,} products that Ploomes had at the last full sync were here{parked}."


def _quarantine(status: SystemStatus, _: HealthLimits) -> Verdict:
    if status.quarantine.parked:
        return Level.WARNING, f"{status.quarantine.parked:,} records wait: see `ploomes-sync quarantine list`."
    return Level.OK, "Nothing is in quarantine."


def _deletions(status: SystemStatus, _: HealthLimits) -> Verdict:
    if not status.waiting:
        return Level.OK, "No deletion waits for a person."
    held = status.waiting[0]
    return Level.WARNING, (
        f"{held.missing:,} deletions wait for a person: if they are right, `ploomes-sync confirm {held.run_id}`."
    )


def _disk(status: SystemStatus, limits: HealthLimits) -> Verdict:
    process = status.process
    text = f"{process.disk_free_bytes / _GB:.1f} GB ({process.disk_free_share:.0%}) of the disk are free"
    if process.disk_free_share < limits.disk_full:
        return Level.FAILED, f"{text}: make room."
    if process.disk_free_share < limits.disk_low:
        return Level.WARNING, f"{text}."
    return Level.OK, f"{text}."


def _webhooks(status: SystemStatus, _: HealthLimits) -> Verdict:
    queue, waited = status.webhooks, status.webhooks.oldest_seconds or 0.0
    text = f"{queue.waiting} products wait to be fetched, the oldest for {waited:.0f} s"
    why = f": {queue.error}" if queue.error else "."
    if waited > _WEBHOOK_STUCK:
        return Level.FAILED, f"{text}{why}"
    if waited > _WEBHOOK_SLOW:
        return Level.WARNING, f"{text}{why}"
    if not queue.registered:
        return Level.OK, "No webhooks are registered; changes come with the next sync."
    return Level.OK, f"{text}."


_PARTS: dict[str, tuple[Callable[[SystemStatus, HealthLimits], Verdict], bool]] = {
    "postgres": (_postgres, False),
    "schema": (_schema, True),
    "ploomes": (_ploomes, True),
    "worker": (_worker, True),
    "freshness": (_freshness, True),
    "complete": (_complete, True),
    "quarantine": (_quarantine, True),
    "deletions": (_deletions, True),
    "disk": (_disk, False),
    "webhooks": (_webhooks, True),
}
"""Each part with its judge, and whether that needs what is stored."""
