"""The commands, and how one of them is run: parse, call, and turn every error into a sentence and an exit code."""

from __future__ import annotations

import contextlib
import inspect
import io
import sys
from collections.abc import Coroutine, Sequence
from typing import Any, cast

from cyclopts import App, Parameter

from ploomes_sync.cli import output, start
from ploomes_sync.cli.commands import register
from ploomes_sync.cli.failure import Exit, describe, trace

_HELP = """Keep a company's Ploomes product catalogue complete, fresh and searchable in PostgreSQL.

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 partial (something was quarantined),
4 needs confirmation, 130 interrupted. With --json a command prints exactly one JSON document.
"""
_EXAMPLES = """Examples:
  ploomes-sync demo                     everything at work, without an account
  ploomes-sync doctor                   check settings, database and key
  ploomes-sync migrate                  create or update the tables
  ploomes-sync sync                     read what changed; everything the first time
  ploomes-sync sync --category rentals  only the rentals
  ploomes-sync search filtro            look into the stored catalogue
"""


def build() -> App:
    """Return the application with all its commands."""
    app = App(
        name="ploomes-sync",
        help=_HELP,
        help_epilogue=_EXAMPLES,
        help_format="plaintext",
        version=_version,
        default_parameter=Parameter(negative=(), show_default=False),
    )
    register(app)
    return app


def run(argv: Sequence[str]) -> int:
    """Run one command line and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _call(argv)
    except BrokenPipeError:
        output.silence()
        return Exit.DONE
    except BaseException as error:  # noqa: BLE001 - the last place: whatever happens becomes one sentence
        return _report(error, as_json="--json" in argv)
    finally:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.flush()


def _call(argv: Sequence[str]) -> int:
    app = build()
    command, bound, _ = app.parse_args(list(argv), exit_on_error=False, print_error=False)
    if "console" in bound.arguments:
        _prepare_help(app, bound.arguments)
    result = command(*bound.args, **bound.kwargs)
    if inspect.iscoroutine(result):
        from ploomes_sync.cli import stopping

        return stopping.run(cast("Coroutine[object, object, int]", result))
    return result if isinstance(result, int) else Exit.DONE


def _prepare_help(app: App, arguments: dict[str, Any]) -> None:
    """Let help and version be drawn as everything else; the list of all commands tells what each is for."""
    arguments["console"] = output.console(sys.stdout)
    app.help_formatter = "default" if sys.stdout.isatty() else "plain"
    if arguments.get("tokens") == []:
        app.resolved_commands()


def _report(error: BaseException, *, as_json: bool) -> int:
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else Exit.FAILED
    failure = describe(error)
    if start.debugging() and failure.code is not Exit.INTERRUPTED:
        output.warn(trace(error).rstrip())
    if as_json:
        output.write_json(failure.document())
    else:
        output.warn(failure.message)
    return failure.code


def _version() -> str:
    from importlib.metadata import version

    return f"ploomes-sync {version('ploomes-sync')}"
