from __future__ import annotations

import asyncio

import cyclopts
import pytest

from ploomes_sync import errors
from ploomes_sync.cli.failure import Exit, NotFoundError, UsageError, describe, trace

CASES: list[tuple[BaseException, Exit, str, str]] = [
    (errors.SettingsError("DATABASE_URL: is wrong."), Exit.USAGE, "SettingsError", "validation"),
    (errors.ProfileError("x.toml, key name: a text is needed"), Exit.USAGE, "ProfileError", "validation"),
    (cyclopts.CycloptsError("Unknown option"), Exit.USAGE, "UsageError", "validation"),
    (UsageError("Give one."), Exit.USAGE, "UsageError", "validation"),
    (NotFoundError("There is none."), Exit.FAILED, "NotFoundError", "validation"),
    (errors.CredentialsError("Refused."), Exit.FAILED, "CredentialsError", "authentication"),
    (errors.SourceDownError("Gone."), Exit.FAILED, "SourceDownError", "network"),
    (errors.StoreDownError("Gone."), Exit.FAILED, "StoreDownError", "database"),
    (errors.MigrationError("Run `ploomes-sync migrate`."), Exit.FAILED, "MigrationError", "database"),
    (errors.UnknownRunError("There is no run."), Exit.FAILED, "UnknownRunError", "validation"),
    (KeyboardInterrupt(), Exit.INTERRUPTED, "Interrupted", "interrupted"),
    (asyncio.CancelledError(), Exit.INTERRUPTED, "Interrupted", "interrupted"),
    (ZeroDivisionError("division by zero"), Exit.FAILED, "ZeroDivisionError", "unknown"),
]


@pytest.mark.parametrize(("error", "code", "kind", "error_class"), CASES, ids=[c[2] for c in CASES])
def test_an_error_has_an_exit_code_a_type_and_a_class(
    error: BaseException, code: Exit, kind: str, error_class: str
) -> None:
    found = describe(error)

    assert (found.code, found.type, found.error_class) == (code, kind, error_class)


@pytest.mark.parametrize("error", [case[0] for case in CASES if isinstance(case[0], errors.SyncError)])
def test_a_message_is_one_line_that_ends_like_a_sentence(error: errors.SyncError) -> None:
    message = describe(error).message

    assert "\n" not in message
    assert ".." not in message


def test_a_transient_error_says_that_a_sync_goes_on_where_it_stopped() -> None:
    assert describe(errors.SourceDownError("Ploomes answered 503.")).message == (
        "Ploomes answered 503. Check PLOOME_API_URL and the network. "
        "Then run the command again: a sync goes on where it stopped."
    )


def test_a_message_with_a_next_step_gets_no_second_one() -> None:
    message = "The database lacks a table: run `ploomes-sync migrate`."

    assert describe(errors.MigrationError(message)).message == message


def test_an_unexpected_error_tells_how_to_see_the_traceback() -> None:
    assert describe(ZeroDivisionError("division by zero")).message == (
        "Unexpected error: ZeroDivisionError: division by zero. Set DEBUG=product-sync:* for the traceback."
    )


def test_no_secret_is_in_a_message_or_a_traceback() -> None:
    with pytest.raises(ValueError, match="hunter2") as caught:
        int("postgresql://u:hunter2@host/x and User-Key: 0123abcd")

    shown = describe(caught.value).message + trace(caught.value).splitlines()[-1]

    assert "hunter2" not in shown
    assert "0123abcd" not in shown
