"""Dumps of databases as text that can be compared and played back."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from servers import Cluster

# Newer programs put a random word here.
_VARIES = re.compile(r"^\\(?:un)?restrict .*\n", re.MULTILINE)


def dump(cluster: Cluster, database: str, *options: str) -> str:
    """Dump a database, its owners and grants included; for the version that Debian brings the programs of."""
    program = cluster.server.programs / "pg_dump"
    argv = [str(program), *options, cluster.server.dsn(database)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)  # noqa: S603 - PostgreSQL's own
    return _VARIES.sub("", done.stdout)


def schema(cluster: Cluster, database: str) -> str:
    """Dump the schema without the ledger of Supabase's command line."""
    return dump(cluster, database, "--schema-only", "--exclude-schema=supabase_migrations")


def play_back(cluster: Cluster, database: str, file: Path) -> None:
    """Load a dump into an empty database."""
    program = cluster.server.programs / "psql"
    argv = [str(program), "-qX", "-v", "ON_ERROR_STOP=1", "-f", str(file), cluster.server.dsn(database)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - PostgreSQL's own
    if done.returncode != 0:
        raise RuntimeError(f"{file} cannot be loaded:\n{done.stderr}")
