"""Counts what one run asks of Ploomes and what fails, and how much of that is recorded already."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from ploomes_sync.domain.run import Outcome
from ploomes_sync.errors import ErrorClass


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

    def errors(self) -> dict[str, int]:
        """Return all failures of this process's share of the run, by class."""
        classes: Counter[str] = Counter()
        for (error_class, _), failures in self.failures.items():
            classes[error_class] += failures
        return dict(classes)
