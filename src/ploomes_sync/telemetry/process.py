"""Looks at the process itself: what it uses, and how late its event loop is."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import time
from pathlib import Path

import psutil

from ploomes_sync.domain.status import ProcessStatus

_BEAT = 0.5
_LEAST = 1.0
"""Seconds between two looks at the processor's time; a shorter span says nothing."""


class ProcessWatch:
    """Watches this process, under a name of its own; `folder` is on the disk whose room is told."""

    def __init__(self, role: str, folder: Path) -> None:
        self.instance = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.role = role
        self._folder = next(place for place in (folder, *folder.parents, Path("/")) if place.exists())
        self._process = psutil.Process()
        self._cpu = 0.0
        self._looked = (time.monotonic(), self._busy())
        self._lag = 0.0

    def look(self) -> ProcessStatus:
        """Tell how the process stands; the lag is the worst since `calm`."""
        disk = shutil.disk_usage(self._folder)
        with self._process.oneshot():
            return ProcessStatus(
                instance=self.instance,
                role=self.role,
                uptime_seconds=round(time.time() - self._process.create_time(), 1),
                cpu=self._measured(),
                memory_bytes=self._process.memory_info().rss,
                memory_free_bytes=psutil.virtual_memory().available,
                disk_free_bytes=disk.free,
                disk_free_share=round(disk.free / disk.total, 4) if disk.total else 1.0,
                open_files=self._process.num_fds(),
                threads=self._process.num_threads(),
                loop_lag_seconds=round(self._lag, 4),
            )

    def calm(self) -> None:
        """Forget the worst lag so far."""
        self._lag = 0.0

    async def feel(self) -> None:
        """Measure for ever how much later than asked the event loop comes back."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _BEAT
            await asyncio.sleep(_BEAT)
            self._lag = max(self._lag, loop.time() - due)

    def _measured(self) -> float:
        """Return the share of one core since the last look that was long enough ago."""
        now, busy = time.monotonic(), self._busy()
        since, before = self._looked
        if now - since >= _LEAST:
            self._cpu = round((busy - before) / (now - since), 4)
            self._looked = (now, busy)
        return self._cpu

    def _busy(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)
