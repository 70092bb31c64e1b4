"""The connection pool and the one way to open a transaction; driver errors become ours here.

Every unit of work is one transaction without session state, so that it runs through a transaction pooler too:
settings are local to the transaction, statements are never prepared by name.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ploomes_sync.errors import BadRowError, MigrationError, SettingsError, StoreDownError, StoreError, SyncError

Connection = AsyncConnection[DictRow]

_TRANSIENT = (
    errors.OperationalError,
    errors.InterfaceError,
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.IdleInTransactionSessionTimeout,
)
_GUARDS = (
    "select set_config('search_path', %(path)s, true), set_config('statement_timeout', %(timeout)s, true),"
    " set_config('lock_timeout', '10s', true), set_config('timezone', 'UTC', true),"
    # A process that froze or lost its network in mid-transaction must not hold its locks for hours, but for less
    # than others wait for them.
    " set_config('idle_in_transaction_session_timeout', '8s', true)"
)


class Database:
    """A pool of connections; open it with `open_database`."""

    def __init__(self, pool: AsyncConnectionPool[Connection], *, statement_timeout: float) -> None:
        self._pool = pool
        self._timeout = f"{round(statement_timeout * 1000)}ms"

    @asynccontextmanager
    async def transaction(self, search_path: str = "") -> AsyncIterator[Connection]:
        """Open one transaction; it commits when the block ends and rolls back when the block raises.

        Our own statements name every schema; a `search_path` is for statements of others.
        Raises StoreDownError when the server cannot be reached, StoreError when it refuses a statement.
        """
        with translated():
            async with self._pool.connection() as conn, conn.transaction():
                await conn.execute(_GUARDS, {"timeout": self._timeout, "path": search_path})
                yield conn

    async def ping(self) -> None:
        """Raise StoreDownError unless the server answers."""
        async with self.transaction() as conn:
            await conn.execute("select 1")


@asynccontextmanager
async def open_database(
    dsn: str, *, pool_size: int = 4, connect_timeout: float = 10.0, statement_timeout: float = 120.0
) -> AsyncIterator[Database]:
    """Connect to PostgreSQL; raises StoreDownError when that fails for `connect_timeout` seconds."""
    _check_dsn(dsn)
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        dsn,
        connection_class=AsyncConnection[DictRow],
        kwargs={
            "prepare_threshold": None,
            "row_factory": dict_row,
            "connect_timeout": round(connect_timeout),
        },
        min_size=1,
        max_size=pool_size,
        timeout=connect_timeout,
        open=False,
        check=AsyncConnectionPool.check_connection,
    )
    with translated():
        await _first_connection(dsn, connect_timeout)
        await pool.open()
    try:
        yield Database(pool, statement_timeout=statement_timeout)
    finally:
        await pool.close()


def _check_dsn(dsn: str) -> None:
    try:
        conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise SettingsError(
            "DATABASE_URL: must be a connection string such as postgresql://user:password@host:5432/database."
        ) from None


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


# Servers and poolers that refuse a connection say so in words only: the driver sees no code.
_SAYINGS: tuple[tuple[str, type[SyncError], str], ...] = (
    (
        r"EMAXCONN|ECHECKOUTTIMEOUT|EAUTHTIMEOUT|query_wait_timeout|no more connections",
        StoreDownError,
        "The connection pooler is full: {}.",
    ),
    (
        (
            r"password authentication failed|no password supplied|no pg_hba\.conf entry|Tenant or user not found"
            r'|FATAL: +role "[^"]*" does not exist|no such user'
        ),
        StoreError,
        "PostgreSQL refused the login: {}. Check user and password in DATABASE_URL.",
    ),
    (
        r'FATAL: +database "[^"]*" does not exist|no such database',
        StoreError,
        "{}: check the database name in DATABASE_URL.",
    ),
)
_KINDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], type[SyncError], str], ...] = (
    (
        (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName, errors.UndefinedFunction),
        MigrationError,
        "The database lacks what this version needs ({}): run `ploomes-sync migrate`.",
    ),
    (errors.InsufficientPrivilege, StoreError, "The database role lacks a right: {}."),
    (errors.DiskFull, StoreDownError, "The database's disk is full: {}."),
    ((*_TRANSIENT, PoolTimeout), StoreDownError, "PostgreSQL is not available just now: {}."),
    ((errors.DataError, errors.IntegrityError), BadRowError, "PostgreSQL refused a row: {}."),
)


def translate(error: Exception) -> SyncError:
    """Say what a driver error means for the caller: wait, look at the row, or look at the database."""
    text = first_line(error)
    for words, our_type, sentence in _SAYINGS:
        if re.search(words, text):
            return our_type(sentence.format(text))
    for driver_type, our_type, sentence in _KINDS:
        if isinstance(error, driver_type):
            return our_type(sentence.format(text))
    return StoreError(f"PostgreSQL refused a statement: {text}.")


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text; the rest may quote a statement or a connection string."""
    lines: list[str] = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


Row = dict[str, Any]
