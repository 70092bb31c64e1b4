"""The overview in one look: the verdict, what waits for a person, and three questions answered (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from ploomes_sync.dashboard.speech import Speech
from ploomes_sync.domain.status import Health, Level, SystemStatus

_TONES = {Level.OK: "good", Level.WARNING: "warn", Level.FAILED: "bad"}
_TRUST = {"postgres", "schema", "freshness"}
"""Parts of health without which what is stored cannot be trusted; when another fails it only ages."""
_ASKED = {"quarantine", "deletions"}
"""Parts of health that have an ask of their own."""
_FRESH, _COMPLETE, _HEALTHY = (
    ("freshness",),
    ("complete", "quarantine", "deletions", "webhooks"),
    ("ploomes", "postgres", "worker"),
)


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that a person should look at; `href` leads to where it is done, if there is such a place."""

    tone: str
    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to think of the catalogue; `tone` is good, warn or bad."""

    tone: str
    title: str
    text: str
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """One of the headline counts; `change` is against a day ago, None when unknown."""

    name: str
    count: int
    change: int | None
    href: str


def verdict(status: SystemStatus, health: Health, speech: Speech) -> Verdict:
    """Judge the whole in one sentence, and list what is to be done."""
    asks = tuple(_asks(status, health, speech))
    if status.complete_at is None and not status.stale:
        title = "verdict.first" if status.running else "verdict.empty"
        return Verdict("warn", speech.t(title), "", asks)
    failed = {part.name for part in health.parts if part.level is Level.FAILED}
    if failed:
        title = "verdict.bad" if failed & _TRUST else "verdict.halted"
        return Verdict("bad", speech.t(title), _covered(status, speech), asks)
    tone = "warn" if asks else "good"
    return Verdict(tone, speech.t(f"verdict.{tone}"), _covered(status, speech), asks)


def _asks(status: SystemStatus, health: Health, speech: Speech) -> list[Ask]:
    asks = []
    empty = status.complete_at is None and not status.stale
    if empty and not status.running and status.source_configured:
        asks.append(Ask("warn", speech.t("ask.first"), "/sync"))
    asks += [
        Ask("warn", speech.t("ask.deletion", n=held.missing), f"/runs/{held.run_id}") for held in status.waiting
    ]
    if status.quarantine.parked:
        asks.append(Ask("warn", speech.t("ask.quarantine", n=status.quarantine.parked), "/quarantine"))
    hidden = _ASKED | ({"freshness"} if empty else set())
    asks += [
        Ask(_TONES[part.level], speech.say(part.reason))
        for part in health.parts
        if part.level is not Level.OK and part.name not in hidden
    ]
    return sorted(asks, key=lambda ask: ask.tone != "bad")


def _covered(status: SystemStatus, speech: Speech) -> str:
    said = []
    if status.covered_at is not None:
        said.append(speech.t("verdict.covered", when=speech.moment(status.covered_at)))
    if status.next_sync_at is not None:
        said.append(speech.t("verdict.next", when=speech.ago(status.next_sync_at)))
    else:
        said.append(speech.t("verdict.no_schedule"))
    return " ".join(said)


def questions(health: Health) -> dict[str, str]:
    """Return the tone of each of the three questions: fresh, complete, healthy."""
    levels = {part.name: part.level for part in health.parts}

    def worst(names: tuple[str, ...]) -> str:
        found = [levels[name] for name in names if name in levels]
        level = next((one for one in (Level.FAILED, Level.WARNING) if one in found), Level.OK)
        return _TONES[level]

    return {"fresh": worst(_FRESH), "complete": worst(_COMPLETE), "healthy": worst(_HEALTHY)}


def part_tone(health: Health, name: str) -> str:
    """Return the tone of one part of health."""
    return next((_TONES[part.level] for part in health.parts if part.name == name), "")


def totals(status: SystemStatus, segments: tuple[str, ...], speech: Speech) -> list[Total]:
    """Return the headline counts: all, then each segment in the order of the profile."""
    found = status.totals
    everything = Total(speech.t("totals.all"), found.products, found.change, "/products")
    return [everything] + [
        Total(
            speech.name("segment", name),
            found.segments.get(name, 0),
            found.change_by_segment.get(name),
            f"/products?segment={name}",
        )
        for name in segments
    ]
