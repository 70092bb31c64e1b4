"""The checks of `doctor`, each of which ends in one line."""

from __future__ import annotations

import asyncio
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

from ploomes_sync.cli import database_checks
from ploomes_sync.cli.check import Check, clock, failed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from ploomes_sync.config import Settings
    from ploomes_sync.domain.vendor import VendorFacts
    from ploomes_sync.engine.parts import Parts


class _Answered(Protocol):
    """What the checks read of an HTTP answer."""

    @property
    def headers(self) -> Mapping[str, str]: ...


async def run(settings: Settings) -> list[Check]:
    """Look at everything that a sync needs."""
    found = [_profile(settings), *_embedded(settings), *await database_checks.run(settings)]
    if any(check.result == "fail" for check in found):
        return [*found, Check("warn", "ploomes", "not asked: mend the failed checks first")]
    return [*found, *await _ploomes(settings)]


def _profile(settings: Settings) -> Check:
    from ploomes_sync.bootstrap import load_profile
    from ploomes_sync.domain.profile import segment_names
    from ploomes_sync.errors import SyncError

    try:
        profile = load_profile(settings.profile)
    except SyncError as error:
        return failed("profile", error)
    return Check("ok", "profile", f"{profile.name}, segments {', '.join(segment_names(profile))}")


def _embedded(settings: Settings) -> list[Check]:
    from ploomes_sync.bootstrap import embedded_database
    from ploomes_sync.embedded import default_data_dir

    if settings.database_url is not None:
        return []
    folder = settings.data_dir or default_data_dir()
    return [Check("ok", "embedded", f"no DATABASE_URL: database {embedded_database(settings)} in {folder}")]


async def _ploomes(settings: Settings) -> list[Check]:
    from ploomes_sync.bootstrap import open_parts
    from ploomes_sync.errors import SyncError

    if settings.api_key is None:
        said = "PLOOME_API_KEY is not set: only the demo and stored data work"
        return [Check("warn", "ploomes", said)]
    try:
        async with open_parts(settings, asyncio.Event()) as parts:
            return await _asked(parts)
    except SyncError as error:
        return [failed("ploomes", error)]


async def probe(settings: Settings) -> list[Check]:
    """Learn what the account's server really does, and keep it for every later sync."""
    from ploomes_sync.bootstrap import open_parts
    from ploomes_sync.errors import SyncError
    from ploomes_sync.ploomes.probe import probe as questions
    from ploomes_sync.store import vendor

    found: list[Check] = []
    learnt: list[VendorFacts] = []
    try:
        async with open_parts(settings, asyncio.Event()) as parts:
            asked = questions(parts.client(), learnt.append)
            found += [Check("ok" if f.good else "warn", f.question, f.answer) async for f in asked]
            async with parts.db.transaction() as conn:
                await vendor.save(conn, learnt[0])
    except SyncError as error:
        found.append(failed("probe", error))
    return found


async def _asked(parts: Parts) -> list[Check]:
    """Ask who the key belongs to, by the way that every request takes."""
    from ploomes_sync.domain.run import Lane

    times: list[float] = []
    dates: list[str] = []

    async def sent(_request: object) -> None:
        times.append(time.monotonic())

    async def answered(response: _Answered) -> None:
        times.append(time.monotonic())
        dates.append(response.headers.get("date", ""))

    parts.http.event_hooks = {"request": [sent], "response": [answered]}
    answer = await parts.client().get("/Self?$select=Id,Name", Lane.REAL_TIME)
    name = _name(answer.records)
    took = (times[-1] - times[-2]) * 1000
    said = f"{parts.http.base_url.host} answered in {took:.0f} ms, the key is that of {name}"
    found = [Check("ok", "ploomes", said)]
    if told := _date(dates[-1]):
        found.append(clock("Ploomes' clock", told))
    return found


def _name(records: Sequence[bytes]) -> str:
    import msgspec

    document = msgspec.json.decode(records[0]) if records else {}
    return str(document.get("Name") or "a user without a name")


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
