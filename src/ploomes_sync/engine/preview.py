"""Tells beforehand how a sync would read Ploomes and what that costs."""

from __future__ import annotations

from ploomes_sync.domain.run import Plan, PlanPreview, Strategy, SyncRequest
from ploomes_sync.domain.strategy import REAL_TIME_IDS
from ploomes_sync.engine.lookups import LookupTables
from ploomes_sync.engine.parts import Parts
from ploomes_sync.engine.plan import make_plan
from ploomes_sync.engine.suspects import CHUNK
from ploomes_sync.ploomes.lookups import TABLES


async def preview_plan(parts: Parts, request: SyncRequest) -> PlanPreview:
    """Plan a sync without making a run; asks Ploomes for a count at most."""
    tables = LookupTables(parts.db, parts.client(), keep=False)
    try:
        plan = await make_plan(parts, request, tables, ahead=False)
    finally:
        await tables.close()
    rows = parts.limits.page_rows or parts.vendor.page_cap or parts.rules.page_rows
    requests = cost(plan, rows)
    return PlanPreview(
        strategy=plan.strategy,
        reason=plan.reason,
        lane=plan.lane,
        segments=plan.segments,
        complete=plan.complete,
        since=plan.since,
        products=len(plan.ids) or plan.expected,
        requests=requests,
        minutes=round(await _seconds(parts, requests) / 60, 2),
    )


def cost(plan: Plan, rows: int) -> int:
    """Return about how many requests a plan takes at `rows` products a page; retries and suspects come on top."""
    if plan.ids:
        return -(-len(plan.ids) // (REAL_TIME_IDS if plan.strategy is Strategy.REAL_TIME else CHUNK))
    counting = 1
    return counting + max(1, -(-(plan.expected or 0) // rows)) + (TABLES if plan.complete else 0)


async def _seconds(parts: Parts, requests: int) -> float:
    """Return how long so many requests take at the pace of the budget, after those that are booked already."""
    row = await parts.budget.state()
    apart = requests * parts.budget.pace.interval
    return float(max(row["booked"], row["blocked"]) + apart + min(row["slow"], apart))
