"""The one place that turns an error into an exit code and a sentence with the next step."""

from __future__ import annotations

import traceback
from enum import IntEnum
from typing import NamedTuple

from cyclopts import CycloptsError

from ploomes_sync.errors import (
    CircuitOpenError,
    CredentialsError,
    ErrorClass,
    ForbiddenError,
    LeaseLostError,
    ProfileError,
    RateLimitedError,
    RequestError,
    RunStateError,
    SettingsError,
    SourceDownError,
    SourceGarbledError,
    StoreDownError,
    StoreError,
    SyncError,
    UnknownRunError,
)


class Exit(IntEnum):
    """What the process tells its caller."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    NEEDS_CONFIRMATION = 4
    INTERRUPTED = 130


class UsageError(Exception):
    """The options of a command do not go together."""


class NotFoundError(Exception):
    """What a command was asked to show is not stored."""


class Failure(NamedTuple):
    """An error as a person reads it; `type` and `error_class` are for programs."""

    code: Exit
    type: str
    message: str
    error_class: str

    def document(self) -> dict[str, object]:
        """Return what `--json` prints."""
        return {"error": {"type": self.type, "message": self.message, "class": self.error_class}}


_RESUME = "Then run the command again: a sync goes on where it stopped."
_NEXT_STEPS: tuple[tuple[type[SyncError], str], ...] = (
    (RateLimitedError, f"Wait a minute, or lower API_RATE_LIMIT_PER_MINUTE. {_RESUME}"),
    (SourceDownError, f"Check PLOOME_API_URL and the network. {_RESUME}"),
    (SourceGarbledError, f"Check that PLOOME_API_URL is Ploomes' address. {_RESUME}"),
    (CircuitOpenError, f"Wait until Ploomes answers again. {_RESUME}"),
    (
        StoreDownError,
        "Check that the server runs and that DATABASE_URL points to it; `ploomes-sync doctor` looks.",
    ),
    (LeaseLostError, "Look at it with `ploomes-sync status`."),
    (CredentialsError, "`ploomes-sync doctor` tries it."),
    (ForbiddenError, "Give the key's user the right to see products and fields in Ploomes."),
    (RequestError, "Run `ploomes-sync doctor`, and look for a newer version."),
    (StoreError, "Run `ploomes-sync doctor` to see what the database lacks."),
    (UnknownRunError, "`ploomes-sync logs` lists the runs."),
    (RunStateError, "`ploomes-sync logs` shows how it stands."),
    (ProfileError, "Mend the file, or unset PRODUCT_SYNC_PROFILE to use the built-in profile."),
)
_WRONG_USE = (SettingsError, ProfileError)
_STEP_MARKS = ("`ploomes-sync ", "DATABASE_URL.")


def describe(error: BaseException) -> Failure:
    """Say what an error means, without secrets."""
    if isinstance(error, CycloptsError):
        return Failure(Exit.USAGE, "UsageError", _redact(_usage(error)), ErrorClass.VALIDATION)
    if isinstance(error, UsageError):
        return Failure(Exit.USAGE, "UsageError", _redact(str(error)), ErrorClass.VALIDATION)
    if isinstance(error, NotFoundError):
        return Failure(Exit.FAILED, "NotFoundError", _redact(str(error)), ErrorClass.VALIDATION)
    if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "CancelledError":
        return Failure(
            Exit.INTERRUPTED, "Interrupted", "Interrupted; the next sync goes on from here.", "interrupted"
        )
    if isinstance(error, SyncError):
        code = Exit.USAGE if isinstance(error, _WRONG_USE) else Exit.FAILED
        return Failure(code, type(error).__name__, _redact(_with_step(error)), error.error_class)
    return Failure(Exit.FAILED, type(error).__name__, _redact(_unexpected(error)), ErrorClass.UNKNOWN)


def trace(error: BaseException) -> str:
    """Return the traceback, without secrets."""
    return _redact("".join(traceback.format_exception(error)))


def _usage(error: CycloptsError) -> str:
    text = " ".join(str(error).split())
    return f"{text} `ploomes-sync --help` lists the commands; `--help` after a command, its options."


def _with_step(error: SyncError) -> str:
    text = str(error).strip()
    if any(mark in text for mark in _STEP_MARKS):
        return text
    step = next((step for kind, step in _NEXT_STEPS if isinstance(error, kind)), "")
    return f"{text.rstrip('.')}. {step}".rstrip()


def _unexpected(error: BaseException) -> str:
    first = next(iter(str(error).strip().splitlines()), "").rstrip(".")
    said = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return f"Unexpected error: {said}. Set DEBUG=product-sync:* for the traceback."


def _redact(text: str) -> str:
    from ploomes_sync.telemetry import redact

    return redact(text)
