"""What the simulator has seen: proof of a client's pace, and a log of its queries."""

from collections import Counter, deque
from dataclasses import dataclass, field

_MINUTE = 60.0
_LOGGED = 20_000


@dataclass(frozen=True, slots=True)
class Seen:
    """One answered list of products."""

    time: float
    query: str
    rows: int


@dataclass(slots=True)
class Stats:
    """Counters since the start or the last reset."""

    requests: int = 0
    in_flight: int = 0
    most_at_once: int = 0
    most_in_60_seconds: int = 0
    most_in_a_minute: int = 0
    by_path: Counter[str] = field(default_factory=Counter)
    by_status: Counter[str] = field(default_factory=Counter)
    by_fault: Counter[str] = field(default_factory=Counter)
    rows_served: int = 0
    log: deque[Seen] = field(default_factory=lambda: deque(maxlen=_LOGGED))
    _recent: deque[float] = field(default_factory=deque)
    _minute: int = -1
    _in_minute: int = 0

    def begin(self, path: str, now: float) -> None:
        """Note a request that arrived."""
        self.requests += 1
        self.by_path[path] += 1
        self.in_flight += 1
        self.most_at_once = max(self.most_at_once, self.in_flight)
        while self._recent and self._recent[0] <= now - _MINUTE:
            self._recent.popleft()
        self._recent.append(now)
        self.most_in_60_seconds = max(self.most_in_60_seconds, len(self._recent))
        minute = int(now // _MINUTE)
        self._in_minute = self._in_minute + 1 if minute == self._minute else 1
        self._minute = minute
        self.most_in_a_minute = max(self.most_in_a_minute, self._in_minute)

    def end(self, status: str) -> None:
        """Note how a request ended."""
        self.in_flight -= 1
        self.by_status[status] += 1

    def served(self, now: float, query: str, rows: int) -> None:
        """Note a list of products."""
        self.rows_served += rows
        self.log.append(Seen(now, query, rows))

    def report(self, *, with_log: bool) -> dict[str, object]:
        """Return everything as plain values."""
        report: dict[str, object] = {
            "requests": self.requests,
            "in_flight": self.in_flight,
            "most_at_once": self.most_at_once,
            "most_in_60_seconds": self.most_in_60_seconds,
            "most_in_a_minute": self.most_in_a_minute,
            "refused_429": self.by_status["429"],
            "rows_served": self.rows_served,
            "by_path": dict(self.by_path),
            "by_status": dict(self.by_status),
            "by_fault": dict(self.by_fault),
        }
        if with_log:
            report["log"] = [{"time": seen.time, "query": seen.query, "rows": seen.rows} for seen in self.log]
        return report
