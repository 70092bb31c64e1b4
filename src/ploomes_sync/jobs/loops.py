"""Loops that outlive what goes wrong in them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ploomes_sync.engine.parts import rest
from ploomes_sync.errors import PermanentError, TransientError
from ploomes_sync.telemetry import Log

log = Log("product-sync:jobs")

_LONGEST_WAIT = 30.0


async def repeat(
    name: str, step: Callable[[], Awaitable[object]], seconds: float, stopping: asyncio.Event
) -> None:
    """Take the step every so many seconds until `stopping` is set; after failures in a row wait longer."""
    failures = 0
    while not stopping.is_set():
        try:
            await step()
            failures = 0
        except Exception as error:  # noqa: BLE001 - a loop that ended would leave its work undone unseen
            failures += 1
            _tell(name, error, failures)
        await rest(min(seconds * 2 ** min(failures, 10), max(seconds, _LONGEST_WAIT)), stopping)


def _tell(name: str, error: Exception, failures: int) -> None:
    match error:
        case TransientError():
            log.warning("loop.stumbled", loop=name, error=str(error), failures=failures)
        case PermanentError():
            log.error("loop.stumbled", loop=name, error=str(error), failures=failures)
        case _:
            log.error("loop.stumbled", loop=name, error=str(error), failures=failures, exc_info=error)
