"""Counts how questions were answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ploomes_sync.cache.memory import Memory
from ploomes_sync.domain.cache import CacheCounts

KINDS = ("prod", "search", "facets", "cat", "count")
_SUMMED = ("hits", "misses", "stale", "shared", "loads", "evictions", "size")


class Tally:
    """The counters of one process, by kind of key."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        self.misses: Counter[str] = Counter()
        self.stale: Counter[str] = Counter()
        self.shared: Counter[str] = Counter()
        self.loads: Counter[str] = Counter()

    def kinds(self, memory: Memory) -> dict[str, CacheCounts]:
        """Return the counts of each kind, with what memory holds of it."""
        sizes = memory.sizes()
        return {kind: self._of(kind, memory.evictions[kind], sizes[kind]) for kind in KINDS}

    def _of(self, kind: str, evictions: int, size: int) -> CacheCounts:
        hits, misses, stale = self.hits[kind], self.misses[kind], self.stale[kind]
        return CacheCounts(
            hits=hits,
            misses=misses,
            stale=stale,
            shared=self.shared[kind],
            loads=self.loads[kind],
            evictions=evictions,
            size=size,
            hit_rate=_rate(hits, misses, stale),
        )


def total(kinds: Mapping[str, CacheCounts]) -> CacheCounts:
    """Add the kinds up."""
    sums = {name: sum(getattr(counts, name) for counts in kinds.values()) for name in _SUMMED}
    return CacheCounts(**sums, hit_rate=_rate(sums["hits"], sums["misses"], sums["stale"]))


def _rate(hits: int, misses: int, stale: int) -> float:
    asked = hits + misses + stale
    return (hits + stale) / asked if asked else 0.0
