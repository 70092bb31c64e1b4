"""How late changes arrive, counted in buckets whose width grows with the delay (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ploomes_sync.domain.page import Item
from ploomes_sync.domain.status import Delays

PER_OCTAVE = 4
"""Buckets from one delay to its double: a bucket is 19 % wide, so a percentile is right to 10 %."""


class Bucket(NamedTuple):
    """How many changes had a delay of 2^(number/4) seconds up to the next bucket."""

    strategy: str
    number: int
    changes: int


class Moved(NamedTuple):
    """The date of a change that was written; `known` when the mirror held an earlier state of the product."""

    date: datetime
    known: bool


def moved(written: Iterable[Item], held: Mapping[int, datetime | None]) -> list[Moved]:
    """Return which of the written copies show a change that the source has dated.

    `held` are the dates that the mirror had before. A row that was rewritten although its date stands still shows
    a change of rules or of something that Ploomes does not date, and says nothing about delays.
    """
    found = []
    for item in written:
        before = held.get(item.id)
        if item.updated_at is not None and (before is None or item.updated_at > before):
            found.append(Moved(item.updated_at, item.id in held))
    return found


def delays(buckets: Iterable[Bucket]) -> Delays:
    """Return the percentiles of all these changes together."""
    counts: dict[int, int] = {}
    for bucket in buckets:
        counts[bucket.number] = counts.get(bucket.number, 0) + bucket.changes
    ordered = sorted(counts.items())
    return Delays(changes=sum(counts.values()), p50=_percentile(ordered, 0.5), p99=_percentile(ordered, 0.99))


def _percentile(ordered: Sequence[tuple[int, int]], share: float) -> float | None:
    """Return the delay in seconds that this share of the changes did not exceed, interpolated in its bucket."""
    wanted = share * sum(changes for _, changes in ordered)
    for number, changes in ordered:
        if wanted <= changes:
            return round(_bound(number + wanted / changes), 3)
        wanted -= changes
    return None


def _bound(number: float) -> float:
    return float(2.0 ** (number / PER_OCTAVE))
