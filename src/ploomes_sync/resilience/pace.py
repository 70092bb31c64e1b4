"""How far apart requests must be, so that no 60-second window ever holds more than the limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from ploomes_sync.domain.run import Lane

_WINDOW = 60.0
_SLACK = 0.5
"""Seconds that two requests may move towards each other on their way to the server."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A reserved slot: send after `wait` seconds; `slot` is that moment on the database clock."""

    wait: float
    slot: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """The budget of an account: `limit` a minute, `burst` at once, `reserve` left to others.

    In any window of W seconds at most `burst + loan + W / interval` requests begin, where `loan` is what the
    fastest lane may borrow; the interval is chosen so that this is at most `limit - reserve` for W = 60.5 s. A
    burst that is larger than that is cut.
    """

    limit: int
    burst: int = 1
    reserve: int = 0

    @property
    def interval(self) -> float:
        """Seconds between two requests in the long run; 0 when there is no limit."""
        if self.limit <= 0:
            return 0.0
        return (_WINDOW + _SLACK) / (self._usable - self._burst - self._loan + 1)

    def ahead(self, lane: Lane) -> float:
        """Return how many slots a lane may run ahead of the pace."""
        match lane:
            case Lane.REAL_TIME:
                return self._burst - 1 + self._loan
            case Lane.INCREMENTAL:
                return self._burst - 1 + self._loan / 2
            case Lane.SWEEP:
                return self._burst - 1
            case _:
                assert_never(lane)

    def left(self, busy: float, *, slow: bool) -> int | None:
        """Return how many requests may begin within the next minute; None without a limit.

        `busy` are the seconds before which none may; after a 429 they are `slow`, twice as far apart.
        """
        if self.limit <= 0:
            return None
        if busy >= _WINDOW:
            return 0
        return 1 + int((_WINDOW - busy) / (self.interval * (2 if slow else 1)))

    @property
    def _usable(self) -> int:
        return max(1, self.limit - self.reserve)

    @property
    def _burst(self) -> int:
        return min(self.burst, self._usable - self._loan)

    @property
    def _loan(self) -> int:
        """Slots that urgent lanes may borrow, so that they need not queue behind a sweep."""
        return 1 if self._usable >= 60 else 0  # noqa: PLR2004 - below one a second every slot counts
