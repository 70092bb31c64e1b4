"""Who may use the HTTP API and the dashboard: make, list and revoke tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from ploomes_sync.cli import output, start
from ploomes_sync.cli.failure import Exit, NotFoundError, UsageError

if TYPE_CHECKING:
    from ploomes_sync.domain.token import Token

_EXAMPLES = """Examples:
  ploomes-sync tokens add dashboard                   may read, for 90 days
  ploomes-sync tokens add omie --scope sync --days 365
  ploomes-sync tokens revoke omie
  ploomes-sync tokens revoke --sessions               ends every session of the dashboard
"""
_MOST_DAYS = 3650
ScopeName = Literal["read", "sync", "admin"]
Days = Annotated[
    int, Parameter(validator=Number(gte=0, lte=_MOST_DAYS), help="Days until it runs out; 0 is never.")
]

tokens = App(
    name="tokens",
    help="Say who may use the HTTP API; without any token it serves this machine alone.",
    help_epilogue=_EXAMPLES,
)


@tokens.command
async def add(
    name: str,
    *,
    scope: Annotated[
        ScopeName, Parameter(help="read; sync may also start and cancel runs; admin may all.")
    ] = "read",
    days: Days = 90,
    json: start.Json = False,
) -> int:
    """Make a token called NAME and show it; it is shown this once and stored nowhere."""
    from ploomes_sync.domain.token import Scope
    from ploomes_sync.store import tokens as store

    title = _title(name)
    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        made = await store.add(conn, title, Scope(scope), days or None)
    if made is None:
        raise UsageError(
            f"A token called {title} is in use: choose another name, or `ploomes-sync tokens revoke` it."
        )
    token, text = made
    if json:
        output.write_json({**_document(token), "token": text})
    else:
        output.say(text)
        until = f"until {output.moment(token.expires_at)}" if token.expires_at else "for ever"
        output.warn(f"{token.name} may {token.scope} {until}. Keep it now: it is not shown again.")
    return Exit.DONE


@tokens.command(name="list")
async def list_all(*, json: start.Json = False) -> int:
    """List all tokens, newest first, with what they may and when they were last used."""
    from ploomes_sync.store import tokens as store

    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        found = await store.list_all(conn)
    if json:
        output.write_json({"tokens": [_document(token) for token in found]})
    elif found:
        _show(found)
    else:
        output.say("There are no tokens, so the HTTP API serves this machine alone.")
    return Exit.DONE


@tokens.command
async def revoke(
    name: str | None = None,
    *,
    sessions: Annotated[
        bool, Parameter(negative="", help="End every session of the dashboard; tokens stay good.")
    ] = False,
    json: start.Json = False,
) -> int:
    """Revoke the token NAME (or its number); within seconds nothing accepts it, nor a session that it began."""
    if (name is None) is not sessions:
        raise UsageError("Name a token, or end all sessions with --sessions.")
    if name is None:
        return await _end_sessions(json=json)
    from ploomes_sync.store import tokens as store

    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        token = await store.revoke(conn, name.strip())
    if token is None:
        raise NotFoundError(f"No token {output.clean(name)} is in use: `ploomes-sync tokens list` lists them.")
    if json:
        output.write_json(_document(token))
    else:
        output.say(f"Revoked {token.name}.")
    return Exit.DONE


async def _end_sessions(*, json: bool) -> int:
    from ploomes_sync.store import sessions as store

    async with start.opened_store(start.load_settings()) as db, db.transaction() as conn:
        await store.renew(conn)
    if json:
        output.write_json({"sessions": "ended"})
    else:
        output.say("Within seconds every session of the dashboard has ended: all have to sign in again.")
    return Exit.DONE


def _title(name: str) -> str:
    from ploomes_sync.domain.token import token_name

    try:
        return token_name(name)
    except ValueError as error:
        raise UsageError(f"NAME: {error}.") from None


def _document(token: Token) -> dict[str, object]:
    return {name: getattr(token, name) for name in token.__struct_fields__} | {"state": _state(token)}


def _state(token: Token) -> str:
    from datetime import UTC, datetime

    return token.state(datetime.now(UTC)).value


def _show(found: list[Token]) -> None:
    table = output.Table(("id", "name", "scope", "state", "made", "runs out", "last used"), right=frozenset({0}))
    for token in found:
        times = (output.moment(time) for time in (token.created_at, token.expires_at, token.last_used_at))
        table.add(token.id, token.name, token.scope.value, _state(token), *times)
    output.show(table)
