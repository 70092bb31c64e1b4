"""How many requests a minute may hold: a window of the clock, or the last 60 seconds."""

from collections import deque

_MINUTE = 60.0


class RateLimiter:
    """Counts the requests it lets through; time is an argument."""

    def __init__(self) -> None:
        self._sliding: deque[float] = deque()
        self._window = -1
        self._count = 0

    def wait_fixed(self, now: float, limit: int) -> float | None:
        """Let a request through, or say how long until the clock's next minute."""
        window = int(now // _MINUTE)
        if window != self._window:
            self._window, self._count = window, 0
        if self._count >= limit:
            return (window + 1) * _MINUTE - now
        self._count += 1
        return None

    def wait_sliding(self, now: float, limit: int) -> float | None:
        """Let a request through, or say how long until the oldest of the last 60 seconds is forgotten."""
        while self._sliding and self._sliding[0] <= now - _MINUTE:
            self._sliding.popleft()
        if len(self._sliding) >= limit:
            return self._sliding[-limit] + _MINUTE - now
        self._sliding.append(now)
        return None
