"""The checks of the database for `doctor`: the way there, who we are, what there is room for."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from ploomes_sync.cli.check import Check, clock, failed

if TYPE_CHECKING:
    from ploomes_sync.config import Settings
    from ploomes_sync.store.db import Database
    from ploomes_sync.store.server import Server

_OLDEST = 15
_EXTENSIONS = ("pg_trgm", "unaccent")
_WAYS = {
    "direct": "directly",
    "session pooler": "through a pooler in session mode",
    "transaction pooler": "through a pooler in transaction mode",
    "pooler": "through a pooler",
}


async def run(settings: Settings) -> list[Check]:
    """Look at the connection string, the server and the schema."""
    from ploomes_sync.bootstrap import address, open_store
    from ploomes_sync.errors import SyncError
    from ploomes_sync.store import server

    found: list[Check] = []
    try:
        if settings.database_url is not None:
            notes = address(settings.database_url, settings).notes
            found += [Check("warn", "DATABASE_URL", note) for note in notes]
        async with open_store(settings, check=False) as db:
            there = await server.inspect(db)
            found += about(there, embedded=settings.database_url is None, wanted=settings.concurrent + 2)
            found.append(clock("database clock", there.now))
            found.append(await _schema(db))
    except SyncError as error:
        found.append(failed("database", error))
    return found


def about(there: Server, *, embedded: bool, wanted: int) -> list[Check]:
    """Judge a server; `wanted` is how many connections this process may open."""
    found = [_way(there), _server(there), _role(there, embedded=embedded), _room(there, wanted)]
    lacking = [name for name in _EXTENSIONS if name not in there.extensions]
    if lacking:
        said = f"{' and '.join(lacking)} cannot be installed there: install PostgreSQL's contrib package"
        found.append(Check("fail", "extensions", said))
    return found


def _way(there: Server) -> Check:
    tls = "with TLS" if there.tls else "without TLS"
    if there.tls:
        tls += ", the server's certificate is checked" if there.verified else ""
    said = f"{_WAYS[there.way]}, {tls}"
    facts = {"way": there.way, "host": there.host, "tls": there.tls, "certificate_checked": there.verified}
    if not there.tls and not there.near:
        said += ": anybody on the network in between can read along; leave sslmode=disable out of DATABASE_URL"
        return Check("warn", "connection", said, facts=facts)
    if there.tls and not there.verified and not there.near:
        said += "; to check the server's certificate too, set DATABASE_CA_FILE"
    return Check("ok", "connection", said, facts=facts)


def _server(there: Server) -> Check:
    limit = f"{there.statement_timeout:g} s" if there.statement_timeout else "none"
    place = " on Supabase" if there.supabase else ""
    said = f"PostgreSQL {there.version}{place}, database {there.database}, time limit of a statement {limit}"
    names = ("version", "database", "supabase", "statement_timeout", "extensions")
    facts = {name: getattr(there, name) for name in names}
    if there.major < _OLDEST:
        return Check("fail", "database", f"{said}: PostgreSQL {_OLDEST} or later is needed", facts=facts)
    return Check("ok", "database", said, facts=facts)


def _role(there: Server, *, embedded: bool) -> Check:
    facts = {name: getattr(there, name) for name in ("login", "role", "superuser", "bypasses_rls")}
    facts["rights"] = asdict(there.rights) if there.rights else None
    who = there.role if there.role == there.login else f"{there.role} (logged in as {there.login})"
    if there.rights and not there.rights.writer:
        said = f"{who} may not write the catalogue: log in as its owner, or set DATABASE_ROLE=catalog_sync"
        return Check("fail", "role", said, facts=facts)
    if there.superuser:
        said = f"{who}, superuser"
        if embedded:
            return Check("ok", "role", said, facts=facts)
        return Check("warn", "role", f"{said}: a role without such power suffices", facts=facts)
    words = ["no superuser"]
    if there.bypasses_rls:
        words.append("passes row-level security")
    if there.rights and there.rights.owner:
        words.append("owns the catalogue")
    return Check("ok", "role", f"{who}, {', '.join(words)}", facts=facts)


def _room(there: Server, wanted: int) -> Check:
    free = there.free_connections
    said = f"{free} free of {there.max_connections}, {there.reserved_connections} kept for superusers"
    facts = {name: getattr(there, f"{name}_connections") for name in ("max", "reserved", "used", "free")}
    if free < wanted and there.way == "direct":
        said += f"; this process may open {wanted}: close others, or use the string of a pooler"
        return Check("warn", "connections", said, facts=facts)
    return Check("ok", "connections", said, facts=facts)


async def _schema(db: Database) -> Check:
    from ploomes_sync.store import migrate

    shipped = migrate.migrations()[-1].version
    async with db.transaction() as conn:
        pending = await migrate.pending(conn)
        lost = [] if pending else await migrate.lost(conn)
    installed = min((migration.version for migration in pending), default=shipped + 1) - 1
    facts: dict[str, object] = {"installed": installed, "shipped": shipped}
    if pending:
        names = ", ".join(f"{migration.version:04}_{migration.name}" for migration in pending)
        said = f"version {installed} of {shipped}, {names} pending: run `ploomes-sync migrate`"
        return Check("fail", "schema", said, facts=facts)
    if lost:
        said = f"{', '.join(lost)} gone: run `ploomes-sync migrate --repair`"
        return Check("fail", "schema", said, facts=facts)
    return Check("ok", "schema", f"version {installed} of {shipped}", facts=facts)
