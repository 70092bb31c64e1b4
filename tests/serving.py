"""The service as real processes: `ploomes-sync serve`, `worker`, and whatever else serves the API."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2

from servers.scratch import accepts, free_port, wait_until

COMMAND = (sys.executable, "-m", "ploomes_sync.cli.main")


def environment(database_url: str, source_url: str, **settings: object) -> dict[str, str]:
    """Return the environment of a process: nothing of ours but what is said here."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "PYTHONPATH")}
    chosen = {
        "DATABASE_URL": database_url,
        "PLOOME_API_URL": source_url,
        "PLOOME_API_KEY": "key",
        "API_RATE_LIMIT_PER_MINUTE": 0,
        "PRODUCT_SYNC_LEASE_SECONDS": 2,
        **settings,
    }
    return kept | {name: str(value) for name, value in chosen.items()}


@contextmanager
def running(argv: Sequence[str], env: Mapping[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process for the block and end it; what it said is in `said` in its folder."""
    with (folder / "said").open("ab") as said:
        process = subprocess.Popen(argv, env=dict(env), cwd=folder, stdout=said, stderr=said)  # noqa: S603 - our own program
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def serving_process(
    env: Mapping[str, str], folder: Path, *options: str, argv: Sequence[str] | None = None
) -> Iterator[httpx2.Client]:
    """Start `ploomes-sync serve` (or `argv`, given the port) and give a client of it."""
    port = free_port()
    called = [*COMMAND, "serve", "--port", str(port), *options] if argv is None else [*argv, str(port)]
    with running(called, env, folder) as process:
        wait_until(lambda: accepts(port) or process.poll() is not None, "the API to listen")
        assert process.poll() is None, (folder / "said").read_text()
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            yield http
