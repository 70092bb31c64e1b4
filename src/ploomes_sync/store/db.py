"""The connection pool and the one way to open a transaction; driver errors become ours here.

Every unit of work is one transaction without session state, so that it runs through a transaction pooler too:
settings are local to the transaction, statements are never prepared by name.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ploomes_sync.domain.status import PoolStatus
from ploomes_sync.store.dsn import normalise
from ploomes_sync.store.refusals import translate
from ploomes_sync.telemetry import metrics, traces

Connection = AsyncConnection[DictRow]
_RECONNECT_SECONDS = 2.0
Row = dict[str, Any]

_GUARDS = (
    "select set_config('search_path', %(path)s, true), set_config('statement_timeout', %(timeout)s, true),"
    " set_config('lock_timeout', '10s', true), set_config('timezone', 'UTC', true),"
    # A process that froze or lost its network in mid-transaction must not hold its locks for hours, but for less
    # than others wait for them.
    " set_config('idle_in_transaction_session_timeout', '8s', true)"
)
_GUARDS_AND_ROLE = f"{_GUARDS}, set_config('role', %(role)s, true)"


class Database:
    """A pool of connections; open it with `open_database`."""

    def __init__(
        self, pool: AsyncConnectionPool[Connection], *, statement_timeout: float, role: str | None
    ) -> None:
        self._pool = pool
        self._guards = _GUARDS_AND_ROLE if role else _GUARDS
        self._settings = {"timeout": f"{round(statement_timeout * 1000)}ms", "role": role}

    @asynccontextmanager
    async def transaction(self, search_path: str = "") -> AsyncIterator[Connection]:
        """Open one transaction; it commits when the block ends and rolls back when the block raises.

        Our own statements name every schema; a `search_path` is for statements of others.
        Raises StoreDownError when the server cannot be reached, StoreError when it refuses a statement.
        """
        with translated(), metrics.timed_transaction(), traces.span("postgres.transaction"):
            async with self._pool.connection() as conn, conn.transaction():
                await conn.execute(self._guards, {**self._settings, "path": search_path})
                yield conn

    def pool_status(self) -> PoolStatus:
        """Tell how many connections there are and how many callers wait for one."""
        stats = self._pool.get_stats()
        return PoolStatus(
            size=stats["pool_size"],
            available=stats["pool_available"],
            most=stats["pool_max"],
            requests_waiting=stats["requests_waiting"],
        )

    async def ping(self) -> None:
        """Raise StoreDownError unless the server answers."""
        async with self.transaction() as conn:
            await conn.execute("select 1")


@asynccontextmanager
async def open_database(
    dsn: str,
    *,
    pool_size: int = 4,
    connect_timeout: float = 10.0,
    statement_timeout: float = 120.0,
    role: str | None = None,
) -> AsyncIterator[Database]:
    """Connect to PostgreSQL, and become `role` in each transaction when one is given.

    Raises StoreDownError when no connection comes about in `connect_timeout` seconds.
    """
    ready = normalise(dsn).dsn
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        ready,
        connection_class=AsyncConnection[DictRow],
        kwargs={
            "prepare_threshold": None,
            "row_factory": dict_row,
            "connect_timeout": round(connect_timeout),
        },
        min_size=1,
        max_size=pool_size,
        timeout=connect_timeout,
        # Its own attempts come ever more rarely; given up soon, whoever asks next begins a new one.
        reconnect_timeout=_RECONNECT_SECONDS,
        open=False,
        check=AsyncConnectionPool.check_connection,
    )
    with translated():
        await _first_connection(ready, connect_timeout)
        await pool.open()
    try:
        yield Database(pool, statement_timeout=statement_timeout, role=role)
    finally:
        await pool.close()


async def _first_connection(dsn: str, connect_timeout: float) -> None:
    """Connect once outside the pool, whose own time-out would hide the reason of a failure."""
    conn = await psycopg.AsyncConnection.connect(
        dsn, connect_timeout=round(connect_timeout), prepare_threshold=None
    )
    await conn.close()


@contextmanager
def translated() -> Iterator[None]:
    """Turn driver errors into ours, with the cause kept."""
    try:
        yield
    except (psycopg.Error, PoolTimeout) as error:
        raise translate(error) from error
