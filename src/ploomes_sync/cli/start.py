"""How a command begins: settings read, logs set up, database opened."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from ploomes_sync.config import Settings
    from ploomes_sync.engine.parts import Parts
    from ploomes_sync.store.db import Database

Json = Annotated[bool, Parameter(name="--json", help="Print one JSON document and nothing else.")]

_debug = False


def debugging() -> bool:
    """Tell whether tracebacks are wanted."""
    return _debug


def load_settings(**overrides: object) -> Settings:
    """Read the settings and set up the logs as they say; raises SettingsError."""
    global _debug  # noqa: PLW0603 - the one fact that the error report needs after everything has failed
    from ploomes_sync import telemetry
    from ploomes_sync.config import read_settings

    settings = read_settings(**overrides)
    _debug = bool(telemetry.areas(settings.debug))
    # A person reads what came of it, not each attempt; in production the log is collected.
    level = "warning" if settings.is_production else "critical"
    telemetry.configure(json=settings.is_production, debug=settings.debug, level=level)
    if not _debug:
        # What the driver grumbles about when a connection breaks is told once, by our own error.
        logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    return settings


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[Database]:
    """Open the database for a command that asks Ploomes nothing."""
    from ploomes_sync.bootstrap import open_store

    async with open_store(settings) as db:
        yield db


@asynccontextmanager
async def opened_parts() -> AsyncIterator[tuple[Settings, Parts]]:
    """Open everything that a sync needs; the first signal then asks it to end in good order."""
    from ploomes_sync.bootstrap import open_parts
    from ploomes_sync.cli.stopping import stopping
    from ploomes_sync.telemetry import traces

    settings = load_settings()
    with traces.exporting(settings.traces_endpoint):
        async with open_parts(settings, stopping()) as parts:
            yield settings, parts


def is_terminal() -> bool:
    """Tell whether somebody watches standard error."""
    return sys.stderr.isatty()
