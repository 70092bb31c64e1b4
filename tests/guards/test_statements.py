"""The SQL of the store: used, qualified, and free of what a transaction pooler would lose."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from guards.sql import bare_names, session_state, without_comments
from guards.tree import MIGRATIONS, SERVICE, STORE, parsed, place, texts_of

STATEMENT_FILES = sorted(STORE.glob("*.sql"))
SQL_FILES = [*STATEMENT_FILES, *sorted(MIGRATIONS.glob("*.sql"))]
NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@pytest.mark.parametrize("path", STATEMENT_FILES, ids=lambda path: path.name)
def test_every_statement_is_used_and_every_used_one_exists(path: Path) -> None:
    names = NAME.findall(path.read_text(encoding="utf-8"))
    module = path.with_suffix(".py")
    asked = {
        str(node.slice.value)
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == "_sql"
        and isinstance(node.slice, ast.Constant)
    }

    assert names == list(dict.fromkeys(names)), "a name is given twice"
    assert sorted(asked - set(names)) == [], "not in the file"
    assert sorted(set(names) - texts_of(module)) == [], "not used"


@pytest.mark.parametrize("path", STATEMENT_FILES, ids=lambda path: path.name)
def test_every_parameter_of_a_statement_is_given_by_its_module(path: Path) -> None:
    parameters = set(re.findall(r"%\((\w+)\)[sb]", path.read_text(encoding="utf-8")))
    tree = parsed(path.with_suffix(".py"))
    words = texts_of(path.with_suffix(".py")) | {
        node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg
    }
    # Counters and parts are given as whole structures, by the names of their fields.
    from ploomes_sync.domain.run import Outcome, Part

    assert sorted(parameters - words - {*Outcome.__struct_fields__, *Part.__struct_fields__}) == []


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.name)
def test_every_table_is_named_with_its_schema(path: Path) -> None:
    assert bare_names(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.name)
def test_no_statement_leaves_anything_in_the_session(path: Path) -> None:
    assert session_state(without_comments(path.read_text(encoding="utf-8"))) == []


def test_no_code_leaves_anything_in_the_session() -> None:
    found = [
        (place(path, node.lineno), kind)
        for path in SERVICE.rglob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for kind in session_state(node.value)
    ]

    assert found == []


def test_the_job_engine_leaves_nothing_in_the_session_but_by_listening_which_it_is_told_not_to() -> None:
    from procrastinate.sql import queries

    state = [name for name, text in queries.items() if session_state(without_comments(text))]
    told = {
        ast.unparse(node.value)
        for path in SERVICE.rglob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.keyword) and node.arg == "listen_notify"
    }

    assert state == ["listen_queue"]
    assert told == {"False"}


def test_nothing_is_prepared_by_name() -> None:
    faults = []
    connects = 0
    for path in STORE.rglob("*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.keyword) and node.arg == "prepare":
                faults.append(place(path, node.value.lineno))
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name == "connect" or name.endswith("ConnectionPool"):
                connects += 1
                if "prepare_threshold" not in ast.unparse(node) or "prepare_threshold=0" in ast.unparse(node):
                    faults.append(place(path, node.lineno))

    assert faults == []
    assert connects >= 2, "nothing was looked at"


CASES = [
    ("select * from products p", ["products"]),
    ("select * from public.products p join runs r on true", ["runs"]),
    ("insert into runs (id) values (1)", ["runs"]),
    ("insert into a.runs (id) values (1) on conflict do update set x = 1", []),
    ("update runs set x = 1", ["runs"]),
    ("delete from a.runs r using public.x where r.x is distinct from r.y", []),
    ("with gone as (delete from a.b returning c), kept (id) as (select 1) select from gone join kept on true", []),
    ("create table if not exists runs (id int references other (id))", ["runs", "other"]),
    ("select extract(epoch from b.at) from unnest('{}'::int[]) as i", []),
    ("-- from nowhere\nselect 'from nowhere' from a.b", []),
    ("select from a.b for update skip locked", []),
    ("create index x on runs (id)", ["runs"]),
    ("select from our_function(1)", ["our_function"]),
    ("alter table runs enable row level security", ["runs"]),
]


@pytest.mark.parametrize(("text", "bare"), CASES)
def test_the_check_for_schemas_finds_bare_names_only(text: str, bare: list[str]) -> None:
    assert bare_names(text) == bare


STATES = [
    ("set search_path = ''", True),
    ("select 1; set statement_timeout = 0", True),
    ("set local statement_timeout = 0", False),
    ("set transaction read only", False),
    ("update a.b set c = 1", False),
    ("create function a.f() returns int language sql set search_path = '' as $$ select 1 $$", False),
    ("select set_config('search_path', '', true)", False),
    ("select set_config('search_path', '', false)", True),
    ("listen changes", True),
    ("select pg_advisory_lock(1)", True),
    ("select pg_try_advisory_lock(1)", True),
    ("select pg_advisory_xact_lock(1)", False),
    ("prepare one as select 1", True),
    ("create temporary table t (id int)", True),
    ("declare c cursor with hold for select 1", True),
    ("postgresql://host/db?options=-csearch_path", True),
]


@pytest.mark.parametrize(("text", "stays"), STATES)
def test_the_check_for_session_state_knows_what_stays(text: str, stays: bool) -> None:  # noqa: FBT001 - a table of cases
    assert bool(session_state(text)) is stays
