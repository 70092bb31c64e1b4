"""The running server process: who it is, whether it is really ours, and signals to it alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ploomes_sync.embedded.folders import SOCKET_NAME, Home
from ploomes_sync.errors import StoreDownError

FAST_SECONDS = 20.0
"""How long a fast shutdown may take before the server is told to drop everything."""
QUIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What PostgreSQL writes about its main process into `postmaster.pid`."""

    pid: int
    socket_folder: Path
    ready: bool

    def answers(self) -> bool:
        """Tell whether it takes connections: it says so itself, and its socket accepts one."""
        if not self.ready:
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(os.fspath(self.socket_folder / SOCKET_NAME))
            except OSError:
                return False
        return True


def living_postmaster(home: Home) -> Postmaster | None:
    """Find this folder's server; a dead one's file, whose number another process may have now, counts not."""
    try:
        lines = (home.cluster / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    if not serves(pid, home):
        return None
    complete = len(lines) >= 8  # noqa: PLR2004 - the eighth line is the status, written last
    folder = Path(lines[4]) if complete else home.root
    return Postmaster(pid, folder, ready=complete and lines[7].strip() == "ready")


def serves(pid: int, home: Home) -> bool:
    """Tell whether a process is alive, belongs to the account and is a `postgres -D` of this folder."""
    if pid <= 1:
        return False
    owner, command = describe(pid) if sys.platform == "linux" else describe_by_ps(pid)
    return owner == home.account.uid and Path(command[0]).name == "postgres" and str(home.cluster) in command


def describe(pid: int) -> tuple[int, list[str]]:
    """Read a process's owner and command line; a dead one or a zombie has an empty command."""
    place = Path("/proc") / str(pid)
    try:
        return place.stat().st_uid, os.fsdecode((place / "cmdline").read_bytes()).split("\0")
    except OSError:
        return -1, [""]


def describe_by_ps(pid: int) -> tuple[int, list[str]]:
    """Ask `ps`, where there is no /proc; the server's arguments have no blanks but in the folder's name."""
    told = subprocess.run(  # noqa: S603 - a fixed program and a number
        ["/bin/ps", "-o", "uid=,stat=,command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split(maxsplit=2)
    if len(told) < 3 or told[1].startswith("Z"):  # noqa: PLR2004 - three columns were asked for
        return -1, [""]
    program, _, rest = told[2].partition(" -D ")
    return int(told[0]), [program, "-D", rest.partition(" -c ")[0]]


def disown_stale_files(home: Home, socket_folder: Path) -> None:
    """Keep a new server from believing a dead one's files when its number belongs to another process now.

    The pid file gets our own number, which PostgreSQL passes over as its parent's; deleting it instead
    would lose PostgreSQL's own check that no orphan of the dead server still writes to the data.
    """
    pid_file = home.cluster / "postmaster.pid"
    try:
        handle = os.open(pid_file, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        pass
    else:
        with os.fdopen(handle, "r+") as file:
            rest = file.read().partition("\n")[2]
            file.seek(0)
            file.write(f"{os.getpid()}\n{rest}")
            file.truncate()
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (socket_folder / name).unlink(missing_ok=True)


def stop(home: Home) -> None:
    """Shut this folder's server down: politely, and after a while without asking."""
    for sign, seconds in ((signal.SIGINT, FAST_SECONDS), (signal.SIGQUIT, QUIT_SECONDS)):
        found = living_postmaster(home)
        if found is None:
            return
        try:
            os.kill(found.pid, sign)
        except ProcessLookupError:
            return
        if gone_within(found.pid, home, seconds):
            return
    raise StoreDownError(f"PostgreSQL in {home.root} does not stop; its log is {home.log}.")


def gone_within(pid: int, home: Home, seconds: float) -> bool:
    """Wait until a server process has ended."""
    deadline = time.monotonic() + seconds
    while serves(pid, home):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
