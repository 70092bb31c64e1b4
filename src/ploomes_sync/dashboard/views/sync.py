"""The form that asks for a sync: read, judged field by field, and turned into a request (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

import msgspec

from ploomes_sync.dashboard.views.runs import ORIGIN
from ploomes_sync.domain.run import Strategy, SyncRequest, Urgency
from ploomes_sync.domain.strategy import REAL_TIME_IDS

AUTO = "auto"
STRATEGIES = (AUTO, *(strategy.value for strategy in (Strategy.INCREMENTAL, Strategy.BATCH, Strategy.REAL_TIME)))
CONTEXTS = ("affects_pricing", "stock_alert", "priority")
MOST_IDS = 10_000
_BIGINT = (1 << 63) - 1
_DIGITS = 19
_KEY = re.compile(r"[0-9a-f]{32}")


class Fields(Protocol):
    """What was sent, by a form or in an address."""

    def getlist(self, name: str, /) -> list[str]:
        """Return all values of a name, in the order they were sent."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The choices as they stand in the form, the request that they make, and what is wrong with which field."""

    strategy: str = AUTO
    urgency: str = Urgency.NORMAL.value
    segments: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    ids: str = ""
    request: SyncRequest = field(default_factory=lambda: SyncRequest(origin=ORIGIN))
    faults: dict[str, tuple[str, dict[str, object]]] = field(default_factory=dict)
    """By field the key of the words and what they are filled in with."""


def asked(fields: Fields, known: tuple[str, ...], *, refuse_excess: bool) -> Asked:
    """Read the form; `known` are the segments, `refuse_excess` forbids more real-time ids than a request reads."""
    strategy, urgency = _last(fields, "strategy") or AUTO, _last(fields, "urgency") or Urgency.NORMAL.value
    segments, context = _unique(fields.getlist("segment")), _unique(fields.getlist("context"))
    text = _last(fields, "ids").strip()
    ids, faults = _ids(text)
    for name, values, offered in (
        ("strategy", (strategy,), STRATEGIES),
        ("urgency", (urgency,), tuple(Urgency)),
        ("segment", segments, known),
        ("context", context, CONTEXTS),
    ):
        if strange := [value for value in values if value not in offered]:
            faults[name] = ("sync.fault.unknown", {"value": strange[0][:40]})
    if faults:
        return Asked(strategy, urgency, segments, context, text, faults=faults)
    request = SyncRequest(
        strategy=None if strategy == AUTO else Strategy(strategy),
        segments=segments,
        ids=ids,
        urgency=Urgency(urgency),
        context=context,
        origin=ORIGIN,
    )
    faults = _contradictions(request, refuse_excess=refuse_excess)
    return Asked(strategy, urgency, segments, context, text, request, faults)


def _contradictions(request: SyncRequest, *, refuse_excess: bool) -> dict[str, tuple[str, dict[str, object]]]:
    """Return what no sync can be asked for at once."""
    ids = len(request.ids)
    if ids and request.segments:
        return {"ids": ("sync.fault.both", {})}
    if request.strategy is Strategy.BATCH and ids:
        return {"ids": ("sync.fault.full", {})}
    if request.strategy is not Strategy.REAL_TIME:
        return {}
    if not ids:
        return {"ids": ("sync.fault.no_ids", {})}
    if ids > REAL_TIME_IDS and refuse_excess:
        return {"ids": ("sync.fault.excess", {"most": REAL_TIME_IDS, "n": ids})}
    return {}


def _ids(text: str) -> tuple[tuple[int, ...], dict[str, tuple[str, dict[str, object]]]]:
    """Read ids that stand between blanks, commas or semicolons."""
    words = [word for word in re.split(r"[\s,;]+", text) if word]
    if len(words) > MOST_IDS:
        return (), {"ids": ("sync.fault.many", {"most": MOST_IDS})}
    for word in words:
        if not (word.isascii() and word.isdigit() and len(word) <= _DIGITS and 0 < int(word) <= _BIGINT):
            return (), {"ids": ("sync.fault.id", {"value": word[:40]})}
    return tuple(dict.fromkeys(map(int, words))), {}


def _last(fields: Fields, name: str) -> str:
    return next(reversed(fields.getlist(name)), "")


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def key_of(sent: str | None, request: SyncRequest) -> str | None:
    """Return the idempotency key of a form that was sent: the same form with the same choices makes one run."""
    if sent is None or not _KEY.fullmatch(sent):
        return None
    return f"{sent}-{sha256(msgspec.json.encode(request)).hexdigest()[:16]}"
