"""A circuit breaker as a small state machine; time is an argument."""

from __future__ import annotations

from enum import StrEnum


class BreakerState(StrEnum):
    """Closed lets all through, open none, half-open one probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Opens after `threshold` failures in a row and lets one probe through `cooldown` seconds later."""

    def __init__(self, *, threshold: int = 8, cooldown: float = 30.0) -> None:
        self._threshold = threshold
        self._cooldown = cooldown
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def cooldown(self) -> float:
        """Seconds from opening to the first probe."""
        return self._cooldown

    def state(self, now: float) -> BreakerState:
        """Return the state at `now`, seconds on a clock that only moves forward."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self._opened_at + self._cooldown else BreakerState.HALF_OPEN

    def wait(self, now: float) -> float:
        """Return the seconds until a request may be sent; 0 lets it through, half-open as the probe."""
        match self.state(now):
            case BreakerState.CLOSED:
                return 0.0
            case BreakerState.OPEN:
                return (self._opened_at or now) + self._cooldown - now
            case BreakerState.HALF_OPEN:
                if self._probing:
                    return 1.0
                self._probing = True
                return 0.0

    def succeeded(self) -> bool:
        """Close: the source answers; returns true when the circuit had been open."""
        was_open = self._opened_at is not None
        self._failures = 0
        self._opened_at = None
        self._probing = False
        return was_open

    def abandoned(self) -> None:
        """Let another request be the probe: this one was given up before it had an answer."""
        self._probing = False

    def failed(self, now: float) -> bool:
        """Count a failure; returns true when this one opened the circuit."""
        self._failures += 1
        was_probe, self._probing = self._probing, False
        if was_probe or (self._opened_at is None and self._failures >= self._threshold):
            self._opened_at = now
            return True
        return False
