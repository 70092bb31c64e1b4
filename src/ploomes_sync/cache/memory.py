"""The entries that this process holds: the least recently asked give way first; the time is an argument."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cachebox import LRUCache

from ploomes_sync.cache.answer import Again, Entry

CAPACITY = 10_000
LARGEST_BYTES = 128 * 2**20
NEGATIVE_CAPACITY = 1_000
NEVER = float("-inf")


class Memory:
    """At most `capacity` entries and `most_bytes` of JSON; entries without a value have a small room of their own.

    What has changed is kept, no longer believed, so that it can still be served while the database is away.
    """

    def __init__(self, capacity: int = CAPACITY, most_bytes: int = LARGEST_BYTES) -> None:
        least = max(1, most_bytes // capacity)
        self.capacity = capacity
        self.evictions: Counter[str] = Counter()
        self._entries: LRUCache[str, Entry[Any]] = LRUCache(
            capacity * least, getsizeof=lambda _, entry: min(max(least, len(entry.body)), capacity * least)
        )
        self._negative: LRUCache[str, Entry[Any]] = LRUCache(NEGATIVE_CAPACITY)

    def get(self, key: str) -> Entry[Any] | None:
        """Return what is held under a key, believable or not."""
        return self._entries.get(key) or self._negative.get(key)

    def put(self, key: str, entry: Entry[Any]) -> None:
        """Hold an entry in place of what was held under its key."""
        if entry.value is None:
            self._entries.pop(key, None)
            self._negative.insert(key, entry)
            return
        self._negative.pop(key, None)
        self._entries.pop(key, None)
        before = len(self._entries)
        self._entries.insert(key, entry)
        if gone := before + 1 - len(self._entries):
            self.evictions[kind_of(key)] += gone

    def forget(self, changed: frozenset[str] | None) -> int:
        """Believe nothing any more that the change of these products (None: any) may have made wrong."""
        told = 0
        for entries in (self._entries, self._negative):
            for entry in entries.values():
                if entry.until != NEVER and entry.told_by(changed):
                    entry.until = NEVER
                    told += 1
        return told

    def believes(self, key: str, now: float) -> bool:
        """Tell whether there is an answer under a key that nothing speaks against."""
        held = self.get(key)
        return held is not None and now < held.until

    def outdated(self, now: float, limit: int) -> dict[str, Again]:
        """Return what loads anew the most recently asked entries that are no longer believed."""
        found = [(key, entry.again) for key, entry in self._entries.items() if entry.until <= now]
        return dict(found[::-1][:limit])

    def sizes(self) -> Counter[str]:
        """Count the entries by kind of key."""
        return Counter(kind_of(key) for entries in (self._entries, self._negative) for key in entries)


def kind_of(key: str) -> str:
    """Return the part of a key that says what kind of question it answers."""
    return key.partition(":")[0]
