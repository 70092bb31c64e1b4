"""Gathers the facts and makes the plan of a run."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from ploomes_sync.domain.profile import Profile, segment_filter, segment_names
from ploomes_sync.domain.run import Facts, Lane, Plan, Strategy, SyncRequest
from ploomes_sync.domain.strategy import REAL_TIME_IDS, Rules, choose, needs_changes, plan_run
from ploomes_sync.engine.lookups import LookupTables
from ploomes_sync.engine.parts import Parts
from ploomes_sync.errors import ForbiddenError, RequestError, SettingsError
from ploomes_sync.ploomes import odata
from ploomes_sync.store import runs
from ploomes_sync.telemetry import Log

log = Log("product-sync:engine")


async def make_plan(parts: Parts, request: SyncRequest, tables: LookupTables, *, ahead: bool = True) -> Plan:
    """Choose the strategy; asks Ploomes at most once (how much changed, or how much there is).

    `ahead` begins to read the lookup tables that a complete walk needs.
    """
    check_request(request, parts.profile, parts.rules)
    async with parts.db.transaction() as conn:
        facts = await runs.facts(conn)
    now = datetime.now(UTC)
    if request.ids and not plan_run(request, facts, parts.rules, now, None).complete:
        return plan_run(request, facts, parts.rules, now, None)
    if ahead and choose(request, facts, parts.rules, now)[0] is Strategy.BATCH:
        tables.refresh(Lane.SWEEP)
    if needs_changes(request, facts, parts.rules, now):
        # A segment's filter is not pushed here: a product that has just left the segment no longer matches it.
        window = plan_run(request, facts, parts.rules, now, None)
        since = odata.since_filter(window.since) if window.since else None
        facts, _ = await _with_changes(facts, tables, None, since)
    plan = plan_run(request, facts, parts.rules, now, None)
    if plan.complete and plan.since is None:
        if ahead:
            tables.refresh(Lane.SWEEP)
        pushed = await _segments_filter(parts, request, tables)
        facts, pushed = await _with_changes(facts, tables, pushed, None)
        plan = msgspec.structs.replace(plan, filter=pushed, watermark=facts.high_water, expected=facts.changed)
    return plan


def check_request(request: SyncRequest, profile: Profile, rules: Rules) -> None:
    """Raise SettingsError when no run could ever do what is asked."""
    unknown = set(request.segments) - set(segment_names(profile))
    if unknown:
        known = ", ".join(segment_names(profile))
        raise SettingsError(f"Unknown category {', '.join(sorted(unknown))}: the profile has {known}.")
    if request.strategy is Strategy.REAL_TIME:
        _check_real_time(len(request.ids), refuse_excess=rules.refuse_excess)


def _check_real_time(ids: int, *, refuse_excess: bool) -> None:
    if not ids:
        raise SettingsError("A real-time sync needs product ids: add --id.")
    if ids > REAL_TIME_IDS and refuse_excess:
        raise SettingsError(
            f"A real-time sync takes at most {REAL_TIME_IDS} products, {ids} were named: "
            "name fewer, or set REAL_TIME_EXCESS=chunk."
        )


async def _with_changes(
    facts: Facts, tables: LookupTables, pushed: str | None, since: str | None
) -> tuple[Facts, str | None]:
    """Learn how much there is to read; a segment's filter that Ploomes refuses is left to the local rule."""
    try:
        changes = await tables.client.changes(odata.all_of(pushed, since), Lane.INCREMENTAL)
    except (ForbiddenError, RequestError) as error:
        if pushed is None:
            raise
        log.warning("filter.refused", filter=pushed, error=str(error))
        return await _with_changes(facts, tables, None, since)
    return msgspec.structs.replace(facts, changed=changes.count, high_water=changes.high_water), pushed


async def _segments_filter(parts: Parts, request: SyncRequest, tables: LookupTables) -> str | None:
    """Return the widest filter that Ploomes can evaluate for the asked segments; None is everything."""
    if not request.segments:
        return None
    lookups = await tables.get()
    filters = [segment_filter(parts.profile, name, lookups) for name in request.segments]
    given = [text for text in filters if text]
    return " or ".join(f"({text})" for text in given) if len(given) == len(filters) else None
