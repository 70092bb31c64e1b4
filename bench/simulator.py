"""A simulator in a process of its own, for as long as a block."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def simulator(*arguments: str) -> Iterator[str]:
    """Start the pretend Ploomes and give its address."""
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        argv = [sys.executable, "-m", "ploomes_simulator", "--port-file", str(port_file), "--exit-with-parent"]
        with subprocess.Popen([*argv, *arguments], stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own program
            try:
                while not port_file.exists():
                    if process.poll() is not None:
                        raise RuntimeError("the simulator did not start")
                    time.sleep(0.02)
                yield f"http://127.0.0.1:{port_file.read_text().strip()}"
            finally:
                process.terminate()


def stats(url: str) -> dict[str, Any]:
    """Return the simulator's own count of what it was asked."""
    with urllib.request.urlopen(f"{url}/_simulator/stats") as answer:  # noqa: S310 - our own loopback address
        counted: dict[str, Any] = json.load(answer)
    return counted
