from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ploomes_sync.cli.check import Check
from ploomes_sync.cli.database_checks import about
from ploomes_sync.store.server import Rights, Server

GOOD = Server(
    way="transaction pooler",
    host="aws-1-sa-east-1.pooler.supabase.com",
    tls=True,
    verified=True,
    version="17.6",
    major=17,
    supabase=True,
    database="postgres",
    login="postgres",
    role="catalog_sync",
    superuser=False,
    bypasses_rls=False,
    rights=Rights(owner=False, writer=True),
    now=datetime(2026, 5, 4, tzinfo=UTC),
    statement_timeout=120.0,
    max_connections=60,
    reserved_connections=3,
    used_connections=20,
    extensions=("pg_trgm", "unaccent"),
)


def judged(**changes: object) -> dict[str, Check]:
    server = replace(GOOD, **changes)  # type: ignore[arg-type]  # fields of the server
    return {check.about: check for check in about(server, embedded=False, wanted=5)}


def test_a_good_server_is_told_in_four_lines() -> None:
    assert {about: (check.result, check.said) for about, check in judged().items()} == {
        "connection": (
            "ok",
            "through a pooler in transaction mode, with TLS, the server's certificate is checked",
        ),
        "database": ("ok", "PostgreSQL 17.6 on Supabase, database postgres, time limit of a statement 120 s"),
        "role": ("ok", "catalog_sync (logged in as postgres), no superuser"),
        "connections": ("ok", "37 free of 60, 3 kept for superusers"),
    }


WORSE = [
    ("connection", "warn", "leave sslmode=disable out", {"tls": False}),
    ("connection", "ok", "set DATABASE_CA_FILE", {"verified": False}),
    ("connection", "ok", "directly, without TLS", {"tls": False, "host": "127.0.0.1", "way": "direct"}),
    ("database", "fail", "PostgreSQL 15 or later", {"major": 14, "version": "14.9"}),
    ("database", "ok", "statement none", {"statement_timeout": 0.0}),
    ("role", "warn", "a role without such power suffices", {"superuser": True}),
    ("role", "fail", "set DATABASE_ROLE=catalog_sync", {"rights": Rights(owner=False, writer=False)}),
    ("role", "ok", "owns the catalogue", {"rights": Rights(owner=True, writer=True)}),
    ("role", "ok", "passes row-level security", {"bypasses_rls": True}),
    ("role", "ok", "no superuser", {"rights": None}),
    ("connections", "warn", "use the string of a pooler", {"way": "direct", "used_connections": 54}),
    ("connections", "ok", "3 free", {"used_connections": 54}),
    ("extensions", "fail", "unaccent cannot be installed", {"extensions": ("pg_trgm",)}),
]


@pytest.mark.parametrize(("name", "result", "words", "changes"), WORSE)
def test_each_deviation_comes_with_the_next_step(
    name: str, result: str, words: str, changes: dict[str, object]
) -> None:
    check = judged(**changes)[name]

    assert check.result == result
    assert words in check.said


def test_programs_get_the_same_as_facts() -> None:
    assert judged()["connections"].document() == {
        "check": "connections",
        "result": "ok",
        "message": "37 free of 60, 3 kept for superusers",
        "facts": {"max": 60, "reserved": 3, "used": 20, "free": 37},
    }
