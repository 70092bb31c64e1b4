"""Takes turns with every other process that asks the same Ploomes account."""

from __future__ import annotations

from ploomes_sync.domain.run import Lane
from ploomes_sync.resilience.pace import Pace, Turn
from ploomes_sync.store.db import Database, Row
from ploomes_sync.store.statements import statements

_sql = statements("budget")
_SLOW_SECONDS = 30.0


class Budget:
    """The shared budget; `pace` says how fast it refills."""

    def __init__(self, db: Database, pace: Pace) -> None:
        self._db = db
        self.pace = pace

    async def take(self, lane: Lane) -> Turn:
        """Reserve the next slot of this lane."""
        values = {"interval": self.pace.interval, "ahead": self.pace.ahead(lane)}
        async with self._db.transaction() as conn:
            row = await (await conn.execute(_sql["take"], values)).fetchone()
        if row is None:
            raise RuntimeError("the budget row is gone: run `ploomes-sync migrate`")
        return Turn(wait=row["wait"], slot=row["slot"])

    async def slow_down(self, pause: float) -> None:
        """Tell every process that Ploomes asked for a pause of `pause` seconds."""
        async with self._db.transaction() as conn:
            await conn.execute(_sql["slow_down"], {"pause": pause, "slow": _SLOW_SECONDS})

    async def trip(self, cooldown: float) -> None:
        """Tell every process that the circuit to Ploomes is open for `cooldown` seconds."""
        async with self._db.transaction() as conn:
            await conn.execute(_sql["trip"], {"cooldown": cooldown})

    async def mend(self) -> None:
        """Tell every process that Ploomes answers again."""
        async with self._db.transaction() as conn:
            await conn.execute(_sql["mend"])

    async def state(self) -> Row:
        """Return the seconds that the account is `blocked`, `slow` and `booked` ahead, and the `breaker`."""
        async with self._db.transaction() as conn:
            row = await (await conn.execute(_sql["state"])).fetchone()
        return row or {"blocked": 0.0, "slow": 0.0, "booked": 0.0, "breaker": "closed"}
