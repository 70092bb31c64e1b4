"""Folders, ports and waiting, as servers need them that run under another account than the tests."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ploomes_sync.embedded.account import Account, account_for

MEMORY = Path("/dev/shm")  # noqa: S108 - a place for throw-away servers, where making hundreds of files is quick
ROOM = 2 * 1024**3
DIES_WITH_US = ("setpriv", "--pdeathsig", "INT")
"""What a command line begins with whose program shall end when the tests do, even when they are killed."""


def server_account() -> Account:
    """Choose who the servers run as: ourselves, or as root the account that the driver takes too."""
    return account_for(None)


@contextmanager
def scratch_folder(account: Account | None = None) -> Iterator[Path]:
    """Lend a short-named folder that the servers' account owns; pytest's own are closed to it under root."""
    place = _quickest_place()
    _clear_after_the_dead(place)
    folder = Path(tempfile.mkdtemp(prefix=f"ps-{os.getpid()}-", dir=place))
    try:
        (account or server_account()).adopt(folder)
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clear_after_the_dead(place: Path) -> None:
    """Remove the folders of processes that were killed before they could."""
    for folder in place.glob("ps-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _quickest_place() -> Path:
    """Choose memory where there is plenty and programs may run, for each database is some 300 files."""
    usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    if usable and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY
    return Path("/tmp")  # noqa: S108 - the folders in it have names of their own


def free_port() -> int:
    """Ask the kernel for a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Tell whether something listens on a local port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 90) -> None:
    """Wait for something that happens by itself, and say what it was when it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.01)
