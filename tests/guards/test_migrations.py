"""Migrations are history: numbered without gaps, recorded, closed to strangers and never rewritten.

After adding one, write the checksums anew (from the project's folder):

    (cd src/ploomes_sync/store/migrations && sha256sum *.sql) > tests/guards/migrations.sha256

Until the first release the older lines may change, too; from then on they may not.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest

from guards.sql import without_comments
from guards.tree import MIGRATIONS

FILES = sorted(MIGRATIONS.iterdir())
CHECKSUMS = Path(__file__).with_name("migrations.sha256")
TABLE = re.compile(r"create table (?:if not exists )?([\w.]+)")
RLS = re.compile(r"alter table ([\w.]+) enable row level security")
RLS_LOOP = re.compile(
    r"foreach t in array array\[(?P<names>[^\]]*)\]::regclass\[\] loop\s+"
    r"execute format\('alter table %s enable row level security', t\)"
)
VIEW = re.compile(r"create (?:or replace )?view ([\w.]+)(?P<rest>.*?) as\b", re.DOTALL)
FUNCTION = re.compile(r"create (?:or replace )?function ([\w.]+)\(.*?\bas \$", re.DOTALL)


def text_of(path: Path) -> str:
    return without_comments(path.read_text(encoding="utf-8"))


def test_migrations_are_numbered_without_gaps() -> None:
    assert [path.name[:5] for path in FILES] == [f"{number:04}_" for number in range(1, len(FILES) + 1)]
    assert all(re.fullmatch(r"\d{4}_[a-z_]+\.sql", path.name) for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_migration_records_itself_last(path: Path) -> None:
    number, name = int(path.stem[:4]), path.stem[5:]
    record = f"(version, name) values ({number}, '{name}') on conflict do nothing;"

    assert text_of(path).rstrip().endswith("insert into ploomes_sync.schema_migrations " + record)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_table_is_closed_to_strangers(path: Path) -> None:
    text = text_of(path)
    closed = set(RLS.findall(text))
    for loop in RLS_LOOP.finditer(text):
        closed |= set(re.findall(r"'([\w.]+)'", loop["names"]))

    assert sorted(set(TABLE.findall(text)) - closed) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_view_reads_with_the_rights_of_its_reader(path: Path) -> None:
    views = VIEW.finditer(text_of(path))

    assert [view[1] for view in views if "with (security_invoker = true)" not in view["rest"]] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_function_depends_on_the_search_path(path: Path) -> None:
    functions = FUNCTION.finditer(text_of(path))

    assert [found[1] for found in functions if "set search_path = ''" not in found[0]] == []


def test_no_migration_has_changed() -> None:
    now = {path.name: sha256(path.read_bytes()).hexdigest() for path in FILES}
    recorded = {}
    for line in CHECKSUMS.read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        recorded[name] = digest

    assert now == recorded, f"{__doc__}"
