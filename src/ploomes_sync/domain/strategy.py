"""Chooses how a run reads the source, and says why (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ploomes_sync.domain.run import Facts, Lane, Plan, Strategy, SyncRequest, Urgency

REAL_TIME_IDS = 10
INCREMENTAL_IDS = 50
_URGENT_CONTEXTS = frozenset({"affects_pricing", "stock_alert", "priority"})


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that choosing depends on.

    `overlap` is how far an incremental window reaches back; `refuse_excess` forbids a real-time sync of more
    products than one request reads.
    """

    real_time: bool = True
    refuse_excess: bool = False
    incremental_hours: float = 6
    complete_hours: float = 24
    overlap: timedelta = timedelta(minutes=10)
    page_rows: int = 300


def needs_changes(request: SyncRequest, facts: Facts, rules: Rules, now: datetime) -> bool:
    """Tell whether the choice depends on how much has changed, which costs one request to learn."""
    return choose(request, facts, rules, now)[0] is Strategy.INCREMENTAL and not request.ids


def choose(request: SyncRequest, facts: Facts, rules: Rules, now: datetime) -> tuple[Strategy, str]:
    """Return the strategy and the reason in words; the first matching row of the table wins."""
    if request.strategy is not None:
        return _forced(request, request.strategy, facts)
    if request.ids:
        return _by_ids(request, rules)
    if reason := _batch_is_due(request, facts, rules, now):
        return Strategy.BATCH, reason
    if facts.changed is not None and _pages(facts.changed, rules) >= max(2, _pages(facts.stored, rules)):
        return (
            Strategy.BATCH,
            f"{facts.changed} products changed: reading them costs as many requests as reading all",
        )
    changed = "" if facts.changed is None else f", {facts.changed} products in the window"
    return Strategy.INCREMENTAL, f"everything up to {facts.watermark:%Y-%m-%d %H:%M:%S} UTC is known{changed}"


def _forced(request: SyncRequest, strategy: Strategy, facts: Facts) -> tuple[Strategy, str]:
    if strategy is Strategy.INCREMENTAL and facts.watermark is None and not request.ids:
        return Strategy.BATCH, "incremental was asked for, but nothing has been read yet"
    return strategy, f"{strategy.value} was asked for"


def _by_ids(request: SyncRequest, rules: Rules) -> tuple[Strategy, str]:
    count = len(request.ids)
    if count > INCREMENTAL_IDS:
        return Strategy.BATCH, f"{count} products were named: more than {INCREMENTAL_IDS} cost as much as all"
    if count > REAL_TIME_IDS:
        return Strategy.INCREMENTAL, f"{count} products were named: they are read by id, in chunks"
    if not rules.real_time:
        return Strategy.INCREMENTAL, f"{count} products were named and real-time is switched off"
    urgent = ", and it is urgent" if is_urgent(request) else ""
    return Strategy.REAL_TIME, f"{count} products were named{urgent}: one request reads them"


def _batch_is_due(request: SyncRequest, facts: Facts, rules: Rules, now: datetime) -> str | None:
    if facts.watermark is None or facts.covered_at is None or facts.complete_at is None:
        return "no full sync has finished yet"
    age = (now - facts.covered_at) / timedelta(hours=1)
    if age > rules.incremental_hours * 1.1:
        return f"the last covering sync began {age:.1f} hours ago, more than {rules.incremental_hours:g}"
    walked = (now - facts.complete_at) / timedelta(hours=1)
    if request.origin == "schedule" and walked > rules.complete_hours:
        return f"the last complete walk began {walked:.1f} hours ago, more than {rules.complete_hours:g}"
    return None


def plan_run(request: SyncRequest, facts: Facts, rules: Rules, now: datetime, segment_filter: str | None) -> Plan:
    """Turn a request and the facts into a plan; `segment_filter` is what Ploomes can evaluate of the segments."""
    strategy, reason = choose(request, facts, rules, now)
    by_ids = bool(request.ids) and strategy is not Strategy.BATCH
    since = None
    if strategy is Strategy.INCREMENTAL and not by_ids and facts.watermark is not None:
        since = facts.watermark - rules.overlap
    return Plan(
        strategy=strategy,
        reason=reason,
        lane=_lane(request, strategy),
        ids=request.ids if by_ids else (),
        segments=request.segments,
        filter=segment_filter,
        since=since,
        complete=strategy is Strategy.BATCH,
        covering=not request.segments and not by_ids and strategy is not Strategy.REAL_TIME,
        watermark=facts.high_water or facts.watermark,
        expected=facts.changed,
    )


def _lane(request: SyncRequest, strategy: Strategy) -> Lane:
    if strategy is Strategy.REAL_TIME or request.urgency is Urgency.CRITICAL:
        return Lane.REAL_TIME
    if strategy is Strategy.INCREMENTAL or is_urgent(request):
        return Lane.INCREMENTAL
    return Lane.SWEEP


def is_urgent(request: SyncRequest) -> bool:
    """Tell whether the caller or the business context makes this request urgent."""
    return request.urgency in (Urgency.HIGH, Urgency.CRITICAL) or not _URGENT_CONTEXTS.isdisjoint(request.context)


def _pages(rows: int, rules: Rules) -> int:
    return -(-rows // rules.page_rows)
