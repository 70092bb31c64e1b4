from __future__ import annotations

import psycopg
import pytest
from psycopg import errors
from psycopg_pool import PoolTimeout

from ploomes_sync.errors import BadRowError, MigrationError, StoreDownError, StoreError, SyncError
from ploomes_sync.store.refusals import translate

DIRECT = "db.abcdefghijklmnopqrst.supabase.co"
IPV6: tuple[type[SyncError], str] = (StoreDownError, "use the Session pooler string")

DRIVER_ERRORS: list[tuple[Exception, type[SyncError], str]] = [
    (errors.UndefinedTable('relation "x" does not exist'), MigrationError, "migrate"),
    (errors.UndefinedColumn("no column"), MigrationError, "migrate"),
    (errors.InvalidSchemaName("no schema"), MigrationError, "migrate"),
    (errors.InsufficientPrivilege("permission denied for table x"), StoreError, "permission denied for table x"),
    (errors.DiskFull("could not extend file"), StoreDownError, "disk is full"),
    (errors.InvalidPassword("password authentication failed for user"), StoreError, "DATABASE_URL"),
    (psycopg.OperationalError("FATAL:  password authentication failed for user"), StoreError, "no API key"),
    (psycopg.OperationalError("FATAL:  Tenant or user not found"), StoreError, "if it is paused"),
    (psycopg.OperationalError("FATAL:  the database system is starting up"), StoreDownError, "starting up"),
    (errors.SerializationFailure("could not serialize"), StoreDownError, "could not serialize"),
    (errors.DeadlockDetected("deadlock detected"), StoreDownError, "deadlock"),
    (errors.LockNotAvailable("canceling statement due to lock timeout"), StoreDownError, "lock timeout"),
    (errors.QueryCanceled("canceling statement due to statement timeout"), StoreDownError, "statement timeout"),
    (errors.AdminShutdown("terminating connection"), StoreDownError, "terminating"),
    (errors.TooManyConnections("sorry, too many clients"), StoreDownError, "too many clients"),
    (psycopg.OperationalError("connection refused\nIs the server running?"), StoreDownError, "connection refused"),
    (
        psycopg.OperationalError("FATAL: (EMAXCONN) max client connections reached"),
        StoreDownError,
        "pooler is full",
    ),
    (errors.InternalError_("no more connections allowed"), StoreDownError, "pooler is full"),
    (errors.InternalError_("(EMAXCONNSESSION) max clients reached in session mode"), StoreDownError, "is full"),
    (
        errors.InternalError_("(EMAXCLIENTCONN) max client connections reached, limit: 200"),
        StoreDownError,
        "is full",
    ),
    (errors.InternalError_("(ECHECKOUTTIMEOUT) Pool checkout timeout."), StoreDownError, "pooler is full"),
    (errors.ProtocolViolation("query_wait_timeout"), StoreDownError, "pooler is full"),
    (errors.InternalError_("(EDBHANDLEREXITED) connection to database closed"), StoreDownError, "no way to the"),
    (errors.InternalError_("(EPOOLTERMINATING) pool terminating"), StoreDownError, "no way to the database"),
    (psycopg.OperationalError("server login has been failing (server_login_retry)"), StoreDownError, "no way to"),
    (psycopg.OperationalError("FATAL:  (ECIRCUITBREAKER) too many failures"), StoreDownError, "some minutes"),
    (psycopg.OperationalError("FATAL:  (ENOIDENTIFIER) no tenant identifier"), StoreError, "postgres.<project"),
    (psycopg.OperationalError("FATAL:  (ENOTFOUND) tenant/user a.b not found"), StoreError, "if it is paused"),
    (
        psycopg.OperationalError("FATAL:  (EADDRNOTALLOWED) address not in list"),
        StoreError,
        "network restrictions",
    ),
    (psycopg.OperationalError("FATAL:  (ESSLREQUIRED) SSL connection is required"), StoreError, "sslmode=disable"),
    (psycopg.OperationalError(f"failed to resolve host '{DIRECT}': Name or service not known"), *IPV6),
    (psycopg.OperationalError(f'connection to server at "{DIRECT}" failed: Network is unreachable'), *IPV6),
    (psycopg.OperationalError("fe_sendauth: no password supplied"), StoreError, "set DATABASE_PASSWORD"),
    (psycopg.OperationalError("server does not support SSL, but SSL was required"), StoreError, "turn TLS on"),
    (psycopg.OperationalError("SSL error: certificate verify failed"), StoreError, "DATABASE_CA_FILE"),
    (psycopg.OperationalError("unsupported startup parameter: options"), StoreError, "unset PGOPTIONS"),
    (
        errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"),
        StoreDownError,
        "full disk",
    ),
    (errors.InvalidParameterValue('role "x" does not exist'), StoreError, "DATABASE_ROLE"),
    (errors.InsufficientPrivilege('permission denied to set role "x"'), StoreError, "DATABASE_ROLE"),
    (PoolTimeout("couldn't get a connection after 10 sec"), StoreDownError, "couldn't get a connection"),
    (errors.CheckViolation("violates check constraint"), BadRowError, "check constraint"),
    (errors.NumericValueOutOfRange("numeric field overflow"), BadRowError, "overflow"),
    (errors.SyntaxError("syntax error"), StoreError, "syntax error"),
    (psycopg.OperationalError(""), StoreDownError, "OperationalError"),
]


@pytest.mark.parametrize(
    ("error", "kind", "words"), DRIVER_ERRORS, ids=lambda value: getattr(value, "__name__", None)
)
def test_an_error_of_the_driver_says_what_to_do_next(error: Exception, kind: type[SyncError], words: str) -> None:
    ours = translate(error)

    assert type(ours) is kind
    assert words in str(ours)
    assert "\n" not in str(ours)
