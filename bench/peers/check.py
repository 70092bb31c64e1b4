"""Holds a table of products against the source: what is missing, what is there too much, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

import psycopg
from psycopg import sql

from bench.peers.registry import OURS, Peer

_CENT = 0.0051
"""Prices are money: we keep two decimals."""
_SAME = 0.001
"""Seconds: the source has milliseconds."""
Known = tuple[int, Any, Any, str | None]


class Difference(NamedTuple):
    """How a mirror differs from the source; `lost` are the missing ones up to a given id."""

    stored: int
    missing: int
    lost: int
    extra: int
    wrong: int


def compare(dsn: str, peer: Peer, truth: Iterable[Known], last_id: int | None = None) -> Difference:
    """Hold every row against the source's."""
    rows = _rows(dsn, peer)
    stored = len(rows)
    missing = lost = wrong = 0
    for product_id, name, price, date in truth:
        row = rows.pop(product_id, None)
        if row is None:
            missing += 1
            lost += last_id is None or product_id <= last_id
        else:
            wrong += not (_text(row[0]) == _text(name) and _near(row[1], price, _CENT) and _at(row[2], date))
    return Difference(stored, missing, lost, len(rows), wrong)


def count(dsn: str, peer: Peer) -> int:
    """Count the rows that a program has stored; none when it never got so far as to make its table."""
    with suppress(psycopg.errors.UndefinedTable), psycopg.connect(dsn) as conn:
        statement = f"select count(*) from {peer.table}"  # noqa: S608 - a constant
        found = conn.execute(_statement(statement)).fetchone()
        return int(found[0]) if found else 0
    return 0


def _rows(dsn: str, peer: Peer) -> dict[int, tuple[Any, Any, Any]]:
    alive = " where deleted_at is null" if peer.name == OURS else ""
    statement = _statement(f"select {', '.join(peer.columns)} from {peer.table}{alive}")  # noqa: S608 - constants
    with suppress(psycopg.errors.UndefinedTable), psycopg.connect(dsn) as conn:
        return {int(row[0]): (row[1], row[2], row[3]) for row in conn.execute(statement)}
    return {}


def _statement(text: str) -> sql.SQL:
    return sql.SQL(cast("Any", text))


def _text(value: object) -> str:
    return str(value).strip()


def _near(one: object, other: object, step: float) -> bool:
    if one is None or other is None:
        return one is other
    return abs(float(str(one)) - float(str(other))) <= step


def _at(one: datetime | str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    moment = datetime.fromisoformat(one) if isinstance(one, str) else one
    wanted = datetime.fromisoformat(other)
    # A column without a time zone has lost the offset; that alone is not held against it.
    readings = [moment] if moment.tzinfo else [moment.replace(tzinfo=UTC), moment.replace(tzinfo=wanted.tzinfo)]
    return any(abs((reading - wanted).total_seconds()) <= _SAME for reading in readings)


_INDEXES = (
    "create unique index on {table} ({id})",
    'create index on {table} ({code} collate "C", {id})',
    "create index on {table} using gin (lower({code}) gin_trgm_ops)",
    "create index on {table} using gin (to_tsvector('portuguese', {name} || ' ' || coalesce({code}, '')))",
    'create index on {table} ({name} collate "C", {id})',
    "create index on {table} (coalesce({price}, 1e15), {id})",
    "create index on {table} (coalesce(-{price}, 1e15), {id})",
    "create index on {table} ({date}, {id})",
)
"""What our own tables carry, without the triggers that fold accents and without the table of words."""


def put_indexes(dsn: str, peer: Peer) -> None:
    """Empty a program's table and put our indexes on it."""
    key, name, price, date = peer.columns
    code = '"Code"' if name.startswith('"') else "code"
    with psycopg.connect(dsn) as conn:
        conn.execute("create extension if not exists pg_trgm")
        conn.execute(_statement(f"truncate {peer.table}"))
        for index in _INDEXES:
            told = index.format(table=peer.table, id=key, name=name, code=code, price=price, date=date)
            conn.execute(_statement(told))
