"""Says what an error of the driver means for the caller: wait, look at the row, or change something.

Servers and poolers that refuse a connection say so in words only: the driver sees no code. The codes in capitals
are those of Supabase's pooler.
"""

from __future__ import annotations

import re

from psycopg import errors
from psycopg_pool import PoolTimeout

from ploomes_sync.errors import BadRowError, MigrationError, StoreDownError, StoreError, SyncError

_TRANSIENT = (
    errors.OperationalError,
    errors.InterfaceError,
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.IdleInTransactionSessionTimeout,
)
_NO_ROUTE = (
    "Network is unreachable|Cannot assign requested address|No route to host|No address associated|not known"
    "|could not translate host name|name resolution"
)
_SAYINGS: tuple[tuple[str, type[SyncError], str], ...] = (
    (
        (
            r"EMAX\w*CONN|ECHECKOUTTIMEOUT|query_wait_timeout|max client(?: connection)?s reached"
            r"|no more connections allowed|client_login_timeout"
        ),
        StoreDownError,
        "The connection pooler is full: {}.",
    ),
    (
        (
            r"EDBHANDLEREXITED|EAUTHTIMEOUT|EPOOLTERMINATING|ECHECKOUT|ECLIENTSOCKETCLOSED|server_login_retry"
            r"|EAUTHQUERY.*(?:connection|failed)|server conn crashed|pgbouncer is shutting"
        ),
        StoreDownError,
        "The connection pooler has no way to the database just now: {}.",
    ),
    (
        r"ECIRCUITBREAKER",
        StoreDownError,
        (
            "The connection pooler blocks this login for some minutes after too many wrong passwords: {}. "
            "Check the password in DATABASE_URL or DATABASE_PASSWORD."
        ),
    ),
    (
        r"ENOIDENTIFIER|no tenant identifier",
        StoreError,
        (
            "PostgreSQL refused the login: {}. On Supabase's pooler the user is postgres.<project ref>: "
            "copy the string again from Connect in the dashboard."
        ),
    ),
    (
        r"Tenant(?: or user)? not found|ENOTFOUND|tenant/user .* not found",
        StoreError,
        (
            "PostgreSQL refused the login: {}. The pooler of this host knows no such project: copy host "
            "and user again from Connect in the dashboard, and restore the project there if it is paused."
        ),
    ),
    (
        r"EADDRNOTALLOWED|EBANNED",
        StoreError,
        "PostgreSQL refused the login: {}. See the project's network restrictions and notices in the dashboard.",
    ),
    (
        rf"\bdb\.\w+\.supabase\.\w+.*(?:{_NO_ROUTE})",
        StoreDownError,
        (
            "{}: Supabase's direct host has IPv6 only. Without IPv6 use the Session pooler string of Connect in "
            "the dashboard; if this machine has IPv6, see there whether the project is paused."
        ),
    ),
    (
        r"password authentication failed|EWRONGPASSWORD",
        StoreError,
        (
            "PostgreSQL refused the login: {}. Check the password in DATABASE_URL or DATABASE_PASSWORD: it is the "
            "database's own, not that of the dashboard and no API key."
        ),
    ),
    (
        r"no password supplied",
        StoreError,
        "PostgreSQL refused the login: {}. Put the password into DATABASE_URL or set DATABASE_PASSWORD.",
    ),
    (
        r'no pg_hba\.conf entry|FATAL: +role "[^"]*" does not exist|no such user|is not permitted to log in',
        StoreError,
        "PostgreSQL refused the login: {}. Check user and password in DATABASE_URL.",
    ),
    (
        r'^role "[^"]*" does not exist|permission denied to set role',
        StoreError,
        "{}: check DATABASE_ROLE, and grant that role to the user of DATABASE_URL.",
    ),
    (
        r'FATAL: +database "[^"]*" does not exist|no such database',
        StoreError,
        "{}: check the database name in DATABASE_URL.",
    ),
    (
        r"server does not support SSL",
        StoreError,
        "{}: turn TLS on there. On a private network sslmode=disable in DATABASE_URL goes without.",
    ),
    (
        r"certificate verify failed|does not match host name|server certificate for",
        StoreError,
        "{}: download the certificate of this project's database again and name it as DATABASE_CA_FILE.",
    ),
    (
        r"ESSLREQUIRED|SSL connection is required",
        StoreError,
        "{}: leave sslmode=disable out of DATABASE_URL.",
    ),
    (
        r"unsupported startup parameter|EINVALIDSTARTUPOPTION",
        StoreError,
        "{}: a pooler takes no such settings; leave them out of DATABASE_URL and unset PGOPTIONS.",
    ),
    (
        r"in a read-only transaction",
        StoreDownError,
        "The database takes no writes just now: {}. On Supabase that is what a full disk does.",
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
