"""Counts what one run asks of Ploomes and what fails, and how much of that is recorded already."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from ploomes_sync.domain.run import Outcome
from ploomes_sync.errors import (
    CredentialsError,
    ErrorClass,
    ForbiddenError,
    RateLimitedError,
    RequestError,
    SourceGarbledError,
    SourceTimeoutError,
    SyncError,
)
from ploomes_sync.telemetry import metrics

_OUTCOMES: tuple[tuple[type[SyncError], str], ...] = (
    (RateLimitedError, "rate_limited"),
    (SourceTimeoutError, "timeout"),
    (SourceGarbledError, "garbled"),
    (CredentialsError, "refused_401"),
    (ForbiddenError, "refused_403"),
    (SyncError, "failed"),
)


class Counted(NamedTuple):
    """Requests, retries and failures by (class, endpoint) that no commit has recorded yet."""

    requests: int
    retries: int
    failures: dict[tuple[str, str], int]

    def outcome(self) -> Outcome:
        """Return the counters as a part of the run's outcome."""
        return Outcome(requests=self.requests, retries=self.retries)


@dataclass(slots=True)
class Meter:
    """The counters of one run."""

    requests: int = 0
    retries: int = 0
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    _settled: Counted = field(default_factory=lambda: Counted(0, 0, {}))

    def unsettled(self) -> Counted:
        """Return what no commit has recorded yet."""
        settled = self._settled
        failures = self.failures - Counter(settled.failures)
        return Counted(self.requests - settled.requests, self.retries - settled.retries, dict(failures))

    def settle(self, recorded: Counted) -> None:
        """Take note that these are recorded."""
        settled = self._settled
        failures = Counter(settled.failures) + Counter(recorded.failures)
        self._settled = Counted(
            settled.requests + recorded.requests, settled.retries + recorded.retries, dict(failures)
        )

    def count(self, error_class: ErrorClass, endpoint: str) -> None:
        """Count one failed attempt; the endpoint is a path without its query."""
        self.failures[error_class.value, endpoint] += 1
        metrics.FAILURES.labels(error_class.value).inc()

    def repeat(self) -> None:
        """Count a request that repeats a failed one."""
        self.retries += 1
        metrics.PLOOMES_RETRIES.inc()

    def errors(self) -> dict[str, int]:
        """Return all failures of this process's share of the run, by class."""
        classes: Counter[str] = Counter()
        for (error_class, _), failures in self.failures.items():
            classes[error_class] += failures
        return dict(classes)


def answered(target: str, seconds: float, error: SyncError | None) -> None:
    """Count one request of this process by what came of it; `seconds` is how long that took."""
    endpoint = metrics.endpoint(target)
    metrics.PLOOMES_REQUESTS.labels(endpoint, _outcome(error)).inc()
    metrics.PLOOMES_SECONDS.labels(endpoint).observe(seconds)


def _outcome(error: SyncError | None) -> str:
    if error is None:
        return "ok"
    if isinstance(error, RequestError):
        return f"refused_{error.status}"
    return next(word for kind, word in _OUTCOMES if isinstance(error, kind))
