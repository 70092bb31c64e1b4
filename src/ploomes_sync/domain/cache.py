"""What is counted about the cache; counting belongs to the cache itself."""

from __future__ import annotations

import msgspec


class CacheCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How questions of one kind were answered since the process began.

    `hits` came from memory; `misses` had to ask, of which `shared` were found in `api_cache` and `loads` computed
    from the catalogue (questions that wait for one another load once); `stale` are answers that could not be
    checked. `hit_rate` is the share of all answers that came from memory, stale ones included; 0 without any.
    """

    hits: int = 0
    misses: int = 0
    stale: int = 0
    shared: int = 0
    loads: int = 0
    evictions: int = 0
    size: int = 0
    hit_rate: float = 0.0


class CacheStats(msgspec.Struct, frozen=True, kw_only=True):
    """The cache of this process: in all, and by the kind of key (`prod`, `search`, `facets`, `cat`, `count`).

    `capacity` is in keys. `checked` is how many seconds ago the database last said what has changed; None before
    the first question. While `away`, answers from memory are stale and everything else fails.
    """

    total: CacheCounts
    kinds: dict[str, CacheCounts]
    capacity: int
    checked: float | None
    away: bool
