"""Proves that the mirror equals the source, by reading both anew and comparing them.

Both sides come in the order of their ids and are merged as they flow, so that the size of the catalogue costs
time but no memory. Nothing is written and nothing is repaired here.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from ploomes_sync.engine.verify_compare import Mismatch, Names, compare, compare_dates, instant
from ploomes_sync.ploomes import audit as source_side
from ploomes_sync.ploomes.audit import Source
from ploomes_sync.store import audit as mirror_side
from ploomes_sync.store.db import Database, Row

Content = Literal["all", "none"] | int
"""Compare everything, only who is there and how fresh, or besides that the content of so many at random."""
SHOWN = 20
_RECHECKED = 1000
_FIELDS = "%20and%20EntityId%20eq%2010%20and%20Dynamic%20eq%20true"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Difference(msgspec.Struct, frozen=True):
    """One field of one product on which source and mirror disagree."""

    id: int
    field: str
    source: str
    mirror: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What the proof found; the samples name at most 20 products each.

    `changed_since` are those of `different` that the source has edited after the copy that the mirror holds: a
    sync will mend them. Products in quarantine are neither missing nor different.
    """

    content: str
    checked: int = 0
    missing: int = 0
    extra: int = 0
    different: int = 0
    changed_since: int = 0
    quarantined: int = 0
    missing_ids: list[int] = []
    extra_ids: list[int] = []
    quarantined_ids: list[int] = []
    differences: list[Difference] = []
    requests: int = 0
    duration_seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the mirror equals the source, quarantine aside."""
        return not (self.missing or self.extra or self.different)


@dataclass(slots=True)
class _Findings:
    """What has been noticed so far, by id."""

    checked: int = 0
    missing: set[int] = field(default_factory=set)
    extra: set[int] = field(default_factory=set)
    different: dict[int, list[Mismatch]] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    quarantined: set[int] = field(default_factory=set)
    sampled: list[int] = field(default_factory=list)

    def suspects(self) -> list[int]:
        return sorted({*self.missing, *self.extra, *self.different})

    def forget(self, product_id: int) -> None:
        self.missing.discard(product_id)
        self.extra.discard(product_id)
        self.different.pop(product_id, None)
        self.changed.discard(product_id)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Decides what a pair of record and row means; `names` is None when only dates are compared."""

    names: Names | None
    parked: frozenset[int]
    unkept: frozenset[int]

    def weigh(self, key: int, record: dict[str, Any] | None, row: Row | None, findings: _Findings) -> None:
        if record is None:
            if key in self.unkept or (row is not None and row["alive"]):
                findings.extra.add(key)
            return
        findings.checked += 1
        findings.extra.discard(key)
        found = self._compare(key, record, row)
        if found == []:
            return
        if key in self.parked:
            findings.quarantined.add(key)
        elif found is None:
            findings.missing.add(key)
        else:
            findings.different[key] = found
            if row is not None and _newer(record, row):
                findings.changed.add(key)

    def _compare(self, key: int, record: dict[str, Any], row: Row | None) -> list[Mismatch] | None:
        """Return how they differ; None when the mirror does not hold the product at all."""
        if row is None and key in self.unkept:
            return [Mismatch("payload", "a record", "none is kept")]
        if row is None or not row["alive"]:
            return None
        if source_side.UNREADABLE in record:
            return [Mismatch("payload", "nested too deeply to be read", "")]
        return compare_dates(record, row) if self.names is None else compare(record, row, self.names)


async def verify(
    source: Source, db: Database, *, content: Content = "all", progress: Callable[[int], None] | None = None
) -> Verification:
    """Compare source and mirror; what differs is read once more from both sides before it is reported.

    Raises the error of the source or of the database when either cannot be read to the end.
    """
    started = time.monotonic()
    parked = await mirror_side.parked(db)
    known = frozenset(key for key in parked if key is not None)
    names = Names() if content == "none" else await _read_names(source)
    unkept = frozenset(await mirror_side.without_record(db))
    judge = _Judge(names if content == "all" else None, known, unkept)
    findings = _Findings(extra=set(unkept))
    nameless = await _walk(source, db, judge, findings, _Walk(content == "all", content, progress))
    judge = _Judge(None if content == "none" else names, known, unkept)
    if isinstance(content, int):
        await _look_again(source, db, judge, findings, findings.sampled)
    await _look_again(source, db, judge, findings, findings.suspects()[:_RECHECKED])
    # Records without an id can only be counted against those in quarantine.
    lost = max(0, nameless - parked.count(None))
    result = _report(findings, str(content))
    return msgspec.structs.replace(
        result,
        checked=result.checked + nameless,
        missing=result.missing + lost,
        quarantined=result.quarantined + nameless - lost,
        requests=source.requests,
        duration_seconds=round(time.monotonic() - started, 3),
    )


@dataclass(frozen=True, slots=True)
class _Walk:
    detail: bool
    content: Content
    progress: Callable[[int], None] | None


async def _walk(source: Source, db: Database, judge: _Judge, findings: _Findings, walk: _Walk) -> int:
    """Merge both sides by id; returns how many records of the source have no id to be merged by."""
    nameless = 0
    dice = random.SystemRandom()
    size = walk.content if isinstance(walk.content, int) else 0
    async with (
        aclosing(_keyed(source_side.read_all(source, detail=walk.detail))) as records,
        aclosing(mirror_side.held(db, detail=walk.detail)) as rows,
    ):
        row = await anext(rows, None)
        async for key, record in records:
            if key is None:
                nameless += 1
                continue
            while row is not None and row["ploomes_id"] < key:
                judge.weigh(row["ploomes_id"], None, row, findings)
                row = await anext(rows, None)
            same = row if row is not None and row["ploomes_id"] == key else None
            judge.weigh(key, record, same, findings)
            row = await anext(rows, None) if same is not None else row
            _sample(findings, key, size, dice)
            if walk.progress is not None:
                walk.progress(findings.checked)
        while row is not None:
            judge.weigh(row["ploomes_id"], None, row, findings)
            row = await anext(rows, None)
    return nameless


def _sample(findings: _Findings, key: int, size: int, dice: random.Random) -> None:
    """Keep each product met so far with equal chance."""
    if len(findings.sampled) < size:
        findings.sampled.append(key)
    elif size and (place := dice.randrange(findings.checked)) < size:
        findings.sampled[place] = key


async def _keyed(
    records: AsyncIterator[dict[str, Any]],
) -> AsyncGenerator[tuple[int | None, dict[str, Any]], None]:
    async for record in records:
        key = record.get("Id")
        yield (key if type(key) is int and key > 0 else None), record


async def _look_again(source: Source, db: Database, judge: _Judge, findings: _Findings, ids: list[int]) -> None:
    """Judge these products by what both sides say of them now."""
    for start in range(0, len(ids), source_side.BY_IDS):
        chunk = ids[start : start + source_side.BY_IDS]
        records = await source_side.read_ids(source, chunk)
        rows = await mirror_side.held_of(db, chunk)
        checked = findings.checked
        for key in chunk:
            findings.forget(key)
            judge.weigh(key, records.get(key), rows.get(key), findings)
        findings.checked = checked


async def _read_names(source: Source) -> Names:
    groups = await source_side.read_table(source, "/Products@Groups")
    families = await source_side.read_table(source, "/Products@Families")
    currencies = await source_side.read_table(source, "/Currencies")
    fields = await source_side.read_table(source, "/Fields", _FIELDS)
    return Names(
        groups={row["Id"]: row for row in groups},
        families={row["Id"]: row.get("Name") or "" for row in families},
        currencies={row["Id"]: row.get("Code") or "" for row in currencies},
        labels={row["Key"]: row.get("Name") or row["Key"] for row in fields if row.get("Key")},
    )


def _newer(record: dict[str, Any], row: Row) -> bool:
    edited = instant(record.get("LastUpdateDate"))
    return edited is not None and edited > (row["source_updated_at"] or _LONG_AGO)


def _report(findings: _Findings, content: str) -> Verification:
    shown = _first(findings.different)
    return Verification(
        content=content,
        checked=findings.checked,
        missing=len(findings.missing),
        extra=len(findings.extra),
        different=len(findings.different),
        changed_since=len(findings.changed),
        quarantined=len(findings.quarantined),
        missing_ids=_first(findings.missing),
        extra_ids=_first(findings.extra),
        quarantined_ids=_first(findings.quarantined),
        differences=[
            Difference(key, item.field, item.source, item.mirror)
            for key in shown
            for item in findings.different[key]
        ],
    )


def _first(ids: Iterable[int]) -> list[int]:
    return sorted(ids)[:SHOWN]
