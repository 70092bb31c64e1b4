"""Start pgbouncer in front of a server: in transaction mode it does to a client what Supabase's port 6543 does."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from servers.postgres import Server
from servers.scratch import DIES_WITH_US, accepts, free_port, wait_until

LOGINS = ("postgres", "supabase_admin", "authenticator", "anon", "authenticated", "service_role")


@dataclass(slots=True)
class Pooler:
    """One running pooler with at most `size` sessions for each login of a database; every login is trusted."""

    port: int
    user: str
    size: int
    process: subprocess.Popen[bytes]

    def dsn(self, database: str = "postgres", user: str | None = None) -> str:
        """Give the address of one database through the pooler."""
        return f"postgresql://{user or self.user}@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """End it at once; doing it twice does no harm."""
        self.process.terminate()
        self.process.wait(30)


def start_pgbouncer(
    server: Server,
    folder: Path,
    pool_size: int = 3,
    logins: Sequence[str] = LOGINS,
    mode: Literal["transaction", "session"] = "transaction",
) -> Pooler:
    """Start the pooler in a folder from `scratch_folder`, with so few connections that sharing shows."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/sbin")
    if program is None:
        raise RuntimeError("pgbouncer is missing: run `make setup`")
    names = dict.fromkeys([*logins, server.superuser])
    users = folder / "pooler-users.txt"
    users.write_text("".join(f'"{name}" ""\n' for name in names))
    port = free_port()
    settings = folder / "pooler.ini"
    settings.write_text(
        f"[databases]\n* = host=127.0.0.1 port={server.port}\n"
        "[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {users}\n"
        f"pool_mode = {mode}\ndefault_pool_size = {pool_size}\nmax_client_conn = 500\n"
        "server_idle_timeout = 5\n"
    )
    for file in (users, settings):
        file.chmod(0o644)
    with (folder / "pooler.log").open("ab") as log:
        process = server.account.spawn([*DIES_WITH_US, program, str(settings)], log)
    pooler = Pooler(port, server.superuser, pool_size, process)
    wait_until(lambda: process.poll() is not None or accepts(port), f"pgbouncer, see {folder}/pooler.log")
    if process.poll() is not None:
        raise RuntimeError(f"pgbouncer ended:\n{(folder / 'pooler.log').read_text()[-2000:]}")
    return pooler
