"""Real PostgreSQL servers and a transaction pooler for the test suite: a missing one is an error."""

from servers.cluster import LAYOUTS, Cluster, Template, lay_out, lone_server, migrate_now, open_cluster
from servers.pooler import Pooler, start_pgbouncer
from servers.postgres import Kind, Server, start_postgres
from servers.scratch import scratch_folder

__all__ = [
    "LAYOUTS",
    "Cluster",
    "Kind",
    "Pooler",
    "Server",
    "Template",
    "lay_out",
    "lone_server",
    "migrate_now",
    "open_cluster",
    "scratch_folder",
    "start_pgbouncer",
    "start_postgres",
]
