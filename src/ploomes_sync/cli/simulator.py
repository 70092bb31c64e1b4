"""The simulator as a child of this process: it ends with us, and Ctrl-C reaches only us."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ploomes_sync.errors import SourceDownError

READY_SECONDS = 60.0
_POLL_SECONDS = 0.05
_END_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator and its address."""

    url: str
    process: subprocess.Popen[bytes]

    def check(self) -> None:
        """Raise SourceDownError when it has ended."""
        if self.process.poll() is not None:
            raise SourceDownError(f"The simulator has ended with code {self.process.returncode}.")


@asynccontextmanager
async def running_simulator(options: Sequence[str]) -> AsyncIterator[Simulator]:
    """Start a simulator with these options, wait until it listens, and end it with the block."""
    with tempfile.TemporaryDirectory(prefix="ploomes-sync-") as folder:
        port_file = Path(folder) / "port"
        process = _start([*options, "--port-file", str(port_file), "--exit-with-parent"])
        try:
            yield Simulator(f"http://127.0.0.1:{await _port(process, port_file)}", process)
        finally:
            _end(process)


def _start(options: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program, and no shell
        [sys.executable, "-m", "ploomes_simulator", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


async def _port(process: subprocess.Popen[bytes], port_file: Path) -> int:
    waited = 0.0
    while (port := _read(port_file)) is None:
        if process.poll() is not None:
            raise SourceDownError(
                f"The simulator did not start (code {process.returncode}): `ploomes-sync simulate` shows why."
            )
        if waited > READY_SECONDS:
            raise SourceDownError(f"The simulator did not listen within {READY_SECONDS:.0f} s.")
        await asyncio.sleep(_POLL_SECONDS)
        waited += _POLL_SECONDS
    return port


def _read(port_file: Path) -> int | None:
    return int(port_file.read_text()) if port_file.exists() else None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
