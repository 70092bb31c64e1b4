"""Every error of the service; its type says what to do next.

SyncError
├── TransientError            heals by waiting: the caller may try again later
│   ├── RateLimitedError      Ploomes said 429; `retry_after` in seconds, if it told one
│   ├── SourceDownError       Ploomes cannot be reached or answered 5xx
│   │   └── SourceTimeoutError  it did not answer in time
│   ├── SourceGarbledError    an answer that is no page: HTML, cut JSON, a wrong shape
│   ├── CircuitOpenError      too many failures lately; `retry_after` until the next probe
│   ├── StoreDownError        PostgreSQL cannot be reached, dropped the connection or has no room left
│   ├── LeaseLostError        another process has taken this run over
│   └── RunStoppedError       the run was given back unfinished, since this process is to end
└── PermanentError            needs a person or a change
    ├── SettingsError         a setting is missing or wrong
    ├── ProfileError          the classification profile has a mistake
    ├── CredentialsError      Ploomes refused the key (401)
    ├── ForbiddenError        Ploomes refused the query (403): a field or a permission
    ├── RequestError          Ploomes refused the request for another reason (400, 404, 413, 414)
    ├── StoreError            PostgreSQL refused a statement or the login
    ├── MigrationError        the schema is not the one that this version needs
    ├── UnknownRunError       there is no run of that id
    ├── RunStateError         the run is not in a state that allows what was asked
    └── ReusedKeyError        an idempotency key that stands for another request
"""

from __future__ import annotations

from enum import StrEnum


class ErrorClass(StrEnum):
    """The classes that statistics count by."""

    NETWORK = "network"
    RATE_LIMIT = "rate_limit"
    DATABASE = "database"
    VALIDATION = "validation"
    AUTHENTICATION = "authentication"
    UNKNOWN = "unknown"


class SyncError(Exception):
    """Root of all errors that the service raises on purpose; the message is one sentence for a person."""

    error_class = ErrorClass.UNKNOWN


class TransientError(SyncError):
    """Waiting may heal it."""

    retry_after: float | None = None


class PermanentError(SyncError):
    """Trying the same thing again cannot help."""


class RateLimitedError(TransientError):
    """Ploomes answered 429."""

    error_class = ErrorClass.RATE_LIMIT

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourceDownError(TransientError):
    """Ploomes cannot be reached, timed out or answered 5xx; `retry_after` in seconds, if it told one."""

    error_class = ErrorClass.NETWORK

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourceTimeoutError(SourceDownError):
    """Ploomes did not answer in time: the page may have been too much for it."""


class SourceGarbledError(TransientError):
    """Ploomes answered 200 with something that is no page: nothing in it may be believed."""

    error_class = ErrorClass.NETWORK


class CircuitOpenError(TransientError):
    """Ploomes failed so often that asking again would only hurt; `retry_after` seconds to the next probe."""

    error_class = ErrorClass.NETWORK

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreDownError(TransientError):
    """PostgreSQL cannot be reached or has dropped the connection."""

    error_class = ErrorClass.DATABASE


class LeaseLostError(TransientError):
    """Another process has taken over this run; whoever reads this must stop writing for it."""

    error_class = ErrorClass.DATABASE


class RunStoppedError(TransientError):
    """The run was given back unfinished, since this process is to end; another may go on with it at once."""


class SettingsError(PermanentError):
    """A setting is missing or wrong; the message names it and says what to change."""

    error_class = ErrorClass.VALIDATION


class ProfileError(PermanentError):
    """The classification profile has a mistake; the message names the place in the file."""

    error_class = ErrorClass.VALIDATION


class CredentialsError(PermanentError):
    """Ploomes refused the key."""

    error_class = ErrorClass.AUTHENTICATION


class ForbiddenError(PermanentError):
    """Ploomes refused the query: an unknown field or a missing permission, not a wrong key."""

    error_class = ErrorClass.AUTHENTICATION


class RequestError(PermanentError):
    """Ploomes refused the request as malformed; `status` is the HTTP status."""

    error_class = ErrorClass.VALIDATION

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class StoreError(PermanentError):
    """PostgreSQL refused a statement: a missing table, a missing right, a full disk."""

    error_class = ErrorClass.DATABASE


class BadRowError(StoreError):
    """PostgreSQL refused the values of a row; bisecting the batch finds which."""

    error_class = ErrorClass.VALIDATION


class MigrationError(PermanentError):
    """The database's schema is not the one that this version needs."""

    error_class = ErrorClass.DATABASE


class UnknownRunError(PermanentError):
    """There is no run of that id."""

    error_class = ErrorClass.VALIDATION


class RunStateError(PermanentError):
    """The run is not in a state that allows what was asked."""

    error_class = ErrorClass.VALIDATION


class ReusedKeyError(PermanentError):
    """An idempotency key came back with another request than the one that it stands for."""

    error_class = ErrorClass.VALIDATION
