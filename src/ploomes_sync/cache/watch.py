"""Asks the database again and again what has changed, and knows whether it can be asked at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ploomes_sync.errors import StoreDownError, SyncError
from ploomes_sync.store import cache as store
from ploomes_sync.store.db import Database
from ploomes_sync.telemetry import Log

log = Log("product-sync:cache")
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Beat:
    """How often a watch asks, all in seconds.

    An answer is current for `current` after the check that it follows; a read waits `patience` for a check that is
    due, and one that has not ended after `slow` means that the database is away.
    """

    every: float = 0.25
    current: float = 1.0
    patience: float = 0.25
    slow: float = 1.5
    give_up: float = 10.0
    retry: float = 1.0


class Watch:
    """Calls `on_change` with the names of changed products (None: any may have), and `on_away` when it goes blind.

    It sleeps until the first question. `epoch` grows with each change that it hears of; None before the first
    check.
    """

    def __init__(
        self,
        db: Database,
        on_change: Callable[[frozenset[str] | None], object],
        on_away: Callable[[Exception], object],
        *,
        clock: Clock,
        beat: Beat,
    ) -> None:
        self.epoch: int | None = None
        self.checked: float | None = None
        self.away: str | None = None
        self._db, self._on_change, self._on_away = db, on_change, on_away
        self._clock, self._beat = clock, beat
        self._last: store.Changes | None = None
        self._check: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()

    def current(self, now: float) -> bool:
        """Tell whether all changes up to a moment ago are known."""
        return self.checked is not None and now - self.checked <= self._beat.current

    async def settle(self) -> None:
        """Wait a moment for the check that is due; not at all when the database is known to be away."""
        self._wanted.set()
        if self.away is None:
            await asyncio.wait({self._begin()}, timeout=self._beat.patience)

    async def catch_up(self) -> None:
        """Hear of everything that was written before this call, unless the database is away."""
        if self._check is not None and not self._check.done():
            await asyncio.wait({self._check}, timeout=self._beat.patience)
        await self.settle()

    async def run(self) -> None:
        """Check for ever, once there is something to check for."""
        await self._wanted.wait()
        while True:
            check = self._begin()
            done, _ = await asyncio.wait({check}, timeout=self._beat.slow)
            if not done:
                self._go_blind("PostgreSQL does not answer in time")
                await asyncio.wait({check})
            await asyncio.sleep(self._beat.retry if self.away else self._beat.every)

    async def close(self) -> None:
        """End a check that is under way."""
        if self._check is not None:
            self._check.cancel()
            await asyncio.gather(self._check, return_exceptions=True)

    def _begin(self) -> asyncio.Task[None]:
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self._ask())
        return self._check

    async def _ask(self) -> None:
        began = self._clock()
        try:
            async with asyncio.timeout(self._beat.give_up), self._db.transaction() as conn:
                found = await store.changes(conn, self._last)
        except TimeoutError:
            self._go_blind("PostgreSQL does not answer")
        except SyncError as error:
            self._go_blind(str(error).rstrip("."))
        else:
            self._hear(found, began)

    def _hear(self, found: store.Changes, began: float) -> None:
        if self.epoch is None:
            self.epoch = 0
        if found.names is None or found.names:
            self.epoch += 1
            self._on_change(found.names)
        self._last, self.checked = found, began
        if self.away is not None:
            log.info("cache.database_back")
            self.away = None

    def _go_blind(self, reason: str) -> None:
        before, self.away = self.away, reason
        if before is None:
            log.warning("cache.database_away", reason=reason)
            self._on_away(self.error())

    def error(self) -> StoreDownError:
        """Say why nothing can be read."""
        return StoreDownError(f"{self.away or 'PostgreSQL is away'}: try again in a few seconds.")
