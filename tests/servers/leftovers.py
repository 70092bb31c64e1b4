"""Finds what somebody has left in sessions that others will be given: nothing may outlive its transaction."""

from __future__ import annotations

from contextlib import ExitStack

import psycopg

from servers.pooler import Pooler

_LEFT = {
    # A pooler itself sets the name of each client anew.
    "a setting": """
        select name || ' = ' || setting from pg_catalog.pg_settings
        where source = 'session' and name <> 'application_name'""",
    "a prepared statement": "select name from pg_catalog.pg_prepared_statements",
    "an advisory lock": """
        select objid::text from pg_catalog.pg_locks where locktype = 'advisory' and pid = pg_backend_pid()""",
    "a temporary table": "select relname from pg_catalog.pg_class where relnamespace = pg_my_temp_schema()",
    "a channel": "select pg_listening_channels()",
    "a cursor": "select name from pg_catalog.pg_cursors where is_holdable",
    "a role": "select current_user::text where current_user <> session_user",
}
_ALL = " union all ".join(
    f"select '{what}', found.name::text from ({question}) as found (name)"  # noqa: S608 - our own text
    for what, question in _LEFT.items()
)


def leftovers(pooler: Pooler, database: str, user: str = "postgres") -> list[str]:
    """Look into every session that the pooler has to a database; all must be between two transactions."""
    found: set[str] = set()
    with ExitStack() as stack:
        for _ in range(pooler.size):
            # Each transaction stays open, so that the next one gets another session.
            conn = stack.enter_context(psycopg.connect(pooler.dsn(database, user), prepare_threshold=None))
            found |= {f"{what}: {name}" for what, name in conn.execute(_ALL.encode()).fetchall()}
    return sorted(found)
