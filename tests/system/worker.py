"""A process that syncs once and tells what came of it: what the tests start, stop and kill."""

from __future__ import annotations

import asyncio
import signal
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from ploomes_sync import telemetry
from ploomes_sync.bootstrap import open_parts
from ploomes_sync.config import read_settings
from ploomes_sync.domain.run import SyncRequest
from ploomes_sync.engine.execute import sync
from ploomes_sync.errors import SyncError


def work(settings: dict[str, Any], request: dict[str, Any], answer: Connection) -> None:
    """Sync with these settings and send back the run, or the error."""
    telemetry.configure(json=False, level="critical")
    try:
        answer.send(asyncio.run(_sync(settings, request)))
    except SyncError as error:
        answer.send({"status": "raised", "error": f"{type(error).__name__}: {error}"})


async def _sync(settings: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with open_parts(read_settings(_env_file=None, **settings), stopping) as parts:
        run = await sync(parts, msgspec.convert(request, SyncRequest))
    document: dict[str, Any] = msgspec.to_builtins(run)
    return document
