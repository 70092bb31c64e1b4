"""The entry point: next to nothing is imported before signals are caught, so that Ctrl-C shows no traceback."""

from __future__ import annotations

import gc
import os
import signal
import sys

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_INTERRUPTED = 130
_OBJECTS = 100_000
"""New objects between two rounds of the garbage collector: with Python's 700 they are a tenth of a start."""


def main() -> None:
    """Run the command line and exit with its code."""
    for number in _ENDING:
        # Until a command has begun there is nothing to clean up.
        signal.signal(number, _leave)
    gc.set_threshold(_OBJECTS)
    from ploomes_sync.cli.app import run

    code = run(sys.argv[1:])
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    # Else Python looks twice more for garbage among all that was imported: a quarter of a short command.
    gc.freeze()
    sys.exit(code)


def _leave(_number: int, _frame: object) -> None:
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
