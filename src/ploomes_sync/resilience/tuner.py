"""Fits page size and parallelism to how the source behaves: grow by little steps, shrink by half (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Trouble(StrEnum):
    """What can go wrong with a request that is a reason to ask for less."""

    RATE_LIMITED = "Ploomes asked to slow down"
    TIMED_OUT = "no answer in time"
    TOO_LARGE = "the answer was too large"
    FAILED = "Ploomes failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One decision: `what` (rows or lanes) went from `before` to `after`, and why."""

    what: str
    before: int
    after: int
    reason: str


@dataclass(slots=True)
class Tuner:
    """Decides `lanes` (requests in flight) and `rows` (a page), within `most_lanes` and `most_rows`.

    An answer is slow beyond `slow_seconds` and heavy beyond `heavy_bytes`; Ploomes refuses answers above 10 MB and
    tends to time out near 30 s.
    """

    most_lanes: int
    most_rows: int
    slow_seconds: float = 15.0
    heavy_bytes: int = 8_000_000
    least_rows: int = 10
    lanes: int = field(init=False)
    rows: int = field(init=False)
    _good: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.lanes = self.most_lanes
        self.rows = self.most_rows

    def cap_rows(self, rows: int) -> None:
        """Take note that the source serves no more rows a page than this."""
        self.most_rows = rows
        self.rows = min(self.rows, rows)

    def answered(self, seconds: float, size: int) -> list[Step]:
        """Learn from a page that came; after some good ones in a row ask for a little more."""
        if seconds > self.slow_seconds:
            return self._fewer_rows(f"an answer took {seconds:.0f} s")
        if size > self.heavy_bytes:
            return self._fewer_rows(f"an answer had {size / 1_000_000:.1f} MB")
        self._good += 1
        if self._good < 4 * self.lanes:
            return []
        self._good = 0
        return self._grow(seconds)

    def troubled(self, trouble: Trouble) -> list[Step]:
        """Learn from a request that failed."""
        self._good = 0
        match trouble:
            case Trouble.TOO_LARGE:
                return self._fewer_rows(trouble.value)
            case Trouble.TIMED_OUT:
                return [*self._fewer_rows(trouble.value), *self._fewer_lanes(trouble.value)]
            case Trouble.RATE_LIMITED | Trouble.FAILED:
                return self._fewer_lanes(trouble.value)

    def _grow(self, seconds: float) -> list[Step]:
        reason = f"answers come well, the last in {seconds:.1f} s"
        steps = []
        if self.lanes < self.most_lanes:
            steps.append(Step("lanes", self.lanes, self.lanes + 1, reason))
            self.lanes += 1
        if self.rows < self.most_rows and seconds < self.slow_seconds / 2:
            more = min(self.most_rows, self.rows + max(1, self.most_rows // 8))
            steps.append(Step("rows", self.rows, more, reason))
            self.rows = more
        return steps

    def _fewer_rows(self, reason: str) -> list[Step]:
        self._good = 0
        fewer = max(self.least_rows, self.rows // 2)
        if fewer >= self.rows:
            return []
        before, self.rows = self.rows, fewer
        return [Step("rows", before, fewer, reason)]

    def _fewer_lanes(self, reason: str) -> list[Step]:
        fewer = max(1, self.lanes // 2)
        if fewer == self.lanes:
            return []
        before, self.lanes = self.lanes, fewer
        return [Step("lanes", before, fewer, reason)]
