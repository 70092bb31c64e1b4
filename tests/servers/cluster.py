"""Clusters of the kinds that the tests run on, and databases in them by the second.

A kind is a version of PostgreSQL, laid out plainly or like a Supabase project, with or without a pooler before it:

    15, 17, 18                  a plain server
    supabase, supabase-17       laid out like Supabase (`supabase.sql`), on PostgreSQL 15 and 17
    supabase-pooler             `supabase`, reached through pgbouncer in transaction mode with three connections

In all of them the superuser is `supabase_admin`; databases belong to `postgres`, no superuser, and addresses
log in as `postgres`. A laid-out cluster has both kinds of Supabase project, as templates to make databases from:
`empty` and `migrated`, whose new tables the API roles may not read, `empty_exposed` and `migrated_exposed`, whose
new tables they may. A test of what roles may do asks for the fixture `supabase_url` (migrated, in each mode) or
for `supabase` (the cluster) and logs in by `dsn(database, "authenticator")`; like the Data API it then sets `role`
and `request.jwt.claims` in each transaction.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import psycopg

from ploomes_sync.store.db import open_database
from ploomes_sync.store.migrate import migrate
from servers.leftovers import leftovers
from servers.pooler import Pooler, start_pgbouncer
from servers.postgres import Kind, Server, start_postgres
from servers.scratch import scratch_folder

Template = Literal["empty", "migrated", "empty_exposed", "migrated_exposed"]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a kind stands for."""

    version: Kind
    supabase: bool = False
    pooled: bool = False


LAYOUTS: Final = {
    "15": Layout("15"),
    "17": Layout("17"),
    "18": Layout("18"),
    "supabase": Layout("15", supabase=True),
    "supabase-17": Layout("17", supabase=True),
    "supabase-pooler": Layout("15", supabase=True, pooled=True),
}
_SUPABASE = Path(__file__).with_name("supabase.sql").read_bytes()


@dataclass
class Cluster:
    """A server, and the pooler before it if the kind asks for one; makes templates when they are first needed."""

    server: Server
    pooler: Pooler | None
    layout: Layout
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _templates: set[str] = field(default_factory=set)

    def admin(self, statement: str, database: str = "postgres") -> None:
        """Run statements as the superuser, beside any pooler."""
        with psycopg.connect(self.server.dsn(database), autocommit=True) as conn:
            conn.execute(statement.encode())

    def dsn(self, database: str, user: str = "postgres") -> str:
        """Give the address that a client of this kind of cluster would use."""
        return (self.pooler or self.server).dsn(database, user=user)

    def create(self, template: Template) -> str:
        """Make a database from a template and return its name."""
        self.need(template)
        name = f"test_{next(self._numbers)}"
        self.admin(f"create database {name} owner postgres template {template} strategy file_copy")
        self._bind_settings(name)
        return name

    def leftovers(self, name: str) -> list[str]:
        """Name what is left in the pooler's sessions to a database; without a pooler nobody else would meet it."""
        return leftovers(self.pooler, name) if self.pooler else []

    def drop(self, name: str) -> None:
        """Throw a database away, whoever is still connected to it."""
        self.admin(f"drop database {name} with (force)")

    def need(self, template: Template) -> None:
        """Make a template, once."""
        if template in self._templates:
            return
        self._templates.add(template)
        base = "template0"
        if template.startswith("migrated"):
            base = template.replace("migrated", "empty")
            self.need("empty_exposed" if base == "empty_exposed" else "empty")
        self.admin(f"create database {template} owner postgres template {base}")
        if template.startswith("migrated"):
            migrate_now(self.server.dsn(template, user="postgres"))
        elif self.layout.supabase:
            lay_out(self.server, template, exposed=template.endswith("exposed"))

    def _bind_settings(self, name: str) -> None:
        """Give a database the settings that a template does not pass on."""
        if self.layout.supabase:
            self.admin(
                f"alter database {name} set statement_timeout = '2min';"
                f"alter role authenticator in database {name} set pgrst.db_schemas = 'public, graphql_public'"
            )


@contextmanager
def open_cluster(kind: str) -> Iterator[Cluster]:
    """Start the server, and the pooler, of a kind; both end with the block."""
    layout = LAYOUTS[kind]
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        server = start_postgres(layout.version, folder, superuser="supabase_admin")
        stack.callback(server.stop)
        pooler = start_pgbouncer(server, folder) if layout.pooled else None
        if pooler is not None:
            stack.callback(pooler.stop)
        made = Cluster(server, pooler, layout)
        made.need("empty")
        yield made


def lay_out(server: Server, database: str, *, exposed: bool) -> None:
    """Make a database look like Supabase's; `exposed` when the API roles get at what will be made in public."""
    with psycopg.connect(server.dsn(database)) as conn:
        conn.execute("select set_config('layout.exposed', %s, true)", ["on" if exposed else "off"])
        conn.execute(_SUPABASE)


@contextmanager
def lone_server() -> Iterator[Server]:
    """Start a server that nobody else needs, with a migrated database `mirror`."""
    with scratch_folder() as folder:
        server = start_postgres("15", folder)
        try:
            with psycopg.connect(server.dsn("postgres"), autocommit=True) as conn:
                conn.execute("create database mirror")
            migrate_now(server.dsn("mirror"))
            yield server
        finally:
            server.stop()


def migrate_now(dsn: str) -> None:
    """Bring a database to this version's schema."""

    async def run() -> None:
        async with open_database(dsn) as db:
            await migrate(db)

    asyncio.run(run())
