"""Signals: the first asks a command to end in good order, the second ends it, a third ends the process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine
from contextvars import ContextVar

from ploomes_sync.cli.failure import Exit

GRACE_SECONDS = 3.0
"""How long a command may take to end in good order before it is cancelled."""


class Bell:
    """Rings when the process is asked to end.

    A command that never took the event is cancelled at the first signal; one that did has some seconds.
    """

    def __init__(self, task: asyncio.Task[int]) -> None:
        self._task = task
        self._event = asyncio.Event()
        self._grace: float | None = None
        self._rings = 0

    def event(self, grace: float) -> asyncio.Event:
        """Return the event that the first signal sets, and take on the duty to end within `grace` seconds."""
        self._grace = grace
        return self._event

    def ring(self) -> None:
        """Do what the next signal means."""
        self._rings += 1
        self._event.set()
        if self._rings > 2:  # noqa: PLR2004 - whoever asks three times wants it now
            os._exit(Exit.INTERRUPTED)
        if self._rings == 1 and self._grace is not None:
            asyncio.get_running_loop().call_later(self._grace, self._task.cancel)
        else:
            self._task.cancel()


_bell: ContextVar[Bell] = ContextVar("bell")


def stopping(grace: float = GRACE_SECONDS) -> asyncio.Event:
    """Return the event that is set when this command should end, and within how many seconds."""
    return _bell.get().event(grace)


def run(command: Coroutine[object, object, int]) -> int:
    """Run a command to its end and return its exit code; raises CancelledError when it was interrupted."""
    return asyncio.run(_guarded(command))


async def _guarded(command: Coroutine[object, object, int]) -> int:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a command runs in a task")
    bell = Bell(task)
    _bell.set(bell)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_stray)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, bell.ring)
    return await command


def _stray(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Show what a task that nobody waits for complains of to whoever has switched details on."""
    from ploomes_sync.telemetry import Log

    log = Log("product-sync:cli")
    log.debug("task.complained", said=context.get("message"), exc_info=context.get("exception"))
