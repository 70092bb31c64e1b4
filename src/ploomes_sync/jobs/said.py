"""Passes on to our log what the job engine says by the standard library's."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ploomes_sync.telemetry import Log

log = Log("product-sync:jobs")


class _Bridge(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        told = {"said": record.getMessage(), **({"error": str(error)} if error else {})}
        if record.levelno >= logging.ERROR:
            log.error("engine.said", **told)
        elif record.levelno >= logging.WARNING:
            log.warning("engine.said", **told)
        else:
            log.info("engine.said", **told)


@contextmanager
def bridged() -> Iterator[None]:
    """Let the engine speak through our log as long as the block runs."""
    engine = logging.getLogger("procrastinate")
    before, bridge = (engine.level, engine.propagate), _Bridge()
    engine.addHandler(bridge)
    engine.setLevel(logging.INFO)
    engine.propagate = False
    try:
        yield
    finally:
        engine.removeHandler(bridge)
        engine.setLevel(before[0])
        engine.propagate = before[1]
