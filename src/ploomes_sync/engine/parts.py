"""The parts that every run works with, wired once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from ploomes_sync.domain.profile import Profile
from ploomes_sync.domain.run import Outcome, Run
from ploomes_sync.domain.strategy import Rules
from ploomes_sync.domain.vendor import VendorFacts
from ploomes_sync.ploomes.client import Http, PloomesClient, RetryPolicy, Turns
from ploomes_sync.resilience.breaker import Breaker
from ploomes_sync.store.budget import Budget
from ploomes_sync.store.db import Database


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may do: rows a page (None: as many as Ploomes serves), requests in flight, lease in seconds.

    A run that would delete more than `delete_share` of the mirror (and more than `delete_floor` products) stops
    and asks. `pauses` are the seconds to wait, one after the other, when Ploomes or PostgreSQL stays away longer
    than the retries of one request; each page that gets through starts them afresh.
    """

    page_rows: int | None = None
    concurrency: int = 3
    lease_seconds: float = 60.0
    delete_share: float = 0.01
    delete_floor: int = 10
    pauses: tuple[float, ...] = (5.0, 15.0, 30.0)
    policy: RetryPolicy = field(default_factory=RetryPolicy)

    def ceiling(self, stored: int) -> int:
        """Return how many products may be marked deleted without asking."""
        return max(self.delete_floor, int(stored * self.delete_share))


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: what it has done, how many products it expects, requests left in this minute's pace."""

    run: Run
    outcome: Outcome
    expected: int | None
    parts: int = 1
    note: str = ""


Observe = Callable[[Progress], None]


async def rest(seconds: float, stopping: asyncio.Event) -> None:
    """Wait, but not longer than until `stopping` is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


def ignore(_: Progress) -> None:
    """Observe nothing."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that a run needs; `owner` names this process in leases, `stopping` asks it to end early."""

    db: Database
    http: Http
    budget: Budget
    breaker: Breaker
    profile: Profile
    rules: Rules
    limits: Limits
    owner: str
    stopping: asyncio.Event
    gate: asyncio.Semaphore
    vendor: VendorFacts

    def turns(self) -> Turns:
        """Return what whoever asks Ploomes needs of the shared budget."""
        budget = self.budget
        return Turns(take=budget.take, slow_down=budget.slow_down, trip=budget.trip, mend=budget.mend)

    def client(self) -> PloomesClient:
        """Return a client with a meter of its own, for one run."""
        return PloomesClient(
            self.http,
            self.turns(),
            self.breaker,
            gate=self.gate,
            policy=self.limits.policy,
            facts=self.vendor,
        )
