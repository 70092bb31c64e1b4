"""Real PostgreSQL servers and a transaction pooler for the test suite: a missing one is an error."""

from servers.pooler import Pooler, start_pgbouncer
from servers.postgres import Kind, Server, start_postgres
from servers.scratch import scratch_folder

__all__ = ["Kind", "Pooler", "Server", "scratch_folder", "start_pgbouncer", "start_postgres"]
