"""The commands for Supabase, as somebody would type them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.supabase.data_api import data_api
from ploomes_sync.cli.app import run
from ploomes_sync.store.migrate import migrations
from servers import Cluster

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def database(supabase: Cluster) -> Iterator[str]:
    name = supabase.create("migrated")
    yield supabase.dsn(name)
    supabase.drop(name)


@pytest.fixture
def command(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """Run a command line against the database as catalog_sync would; returns its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("DATABASE_ROLE", "catalog_sync")

    def call(*argv: str) -> tuple[int, str]:
        code = run(argv)
        told = capsys.readouterr()
        return code, told.out + told.err

    return call


def document(told: tuple[int, str]) -> dict[str, Any]:
    code, text = told
    assert code == 0, text
    found: dict[str, Any] = json.loads(text)
    return found


def test_expose_tells_and_changes_who_reads_the_catalogue(
    command: Command, database: str, supabase: Cluster
) -> None:
    api = data_api(supabase, database)

    assert command("expose") == (0, "Nobody but service_role may read the catalogue.\n")
    assert command("expose", "authenticated") == (0, "Signed-in users may read the catalogue.\n")
    assert api.get("authenticated", "select * from product_categories") == []
    assert document(command("expose", "--json"))["exposed_to"] == "authenticated"
    assert command("expose", "everybody")[0] == 2
    assert document(command("expose", "none", "--json"))["exposed_to"] == "none"
    assert "permission denied" in api.refused("authenticated", "select * from product_categories")


def test_realtime_is_switched_on_and_off(command: Command) -> None:
    names = ["products_enhanced", "service_specifications", "rental_specifications", "product_variants"]

    assert document(command("realtime", "enable", "--json"))["tables"] == dict.fromkeys(names, True)
    code, text = command("realtime", "status")
    assert (code, text.count("published")) == (0, 4)
    assert document(command("realtime", "disable", "--json"))["tables"] == dict.fromkeys(names, False)


def test_migrations_are_exported_once(command: Command) -> None:
    written = document(command("migrations", "export", "supabase/migrations", "--json"))["written"]

    assert len(written) == len(migrations())
    assert all(Path(place).exists() for place in written)
    assert command("migrations", "export", "supabase/migrations") == (
        0,
        "supabase/migrations holds all migrations of this version.\n",
    )
    Path("a-file").touch()
    code, text = command("migrations", "export", "a-file")
    assert (code, "cannot be written to" in text) == (2, True)


def test_an_uninstall_must_be_meant(command: Command) -> None:
    code, text = command("migrations", "uninstall")
    assert (code, "add --yes if that is meant" in text) == (2, True)
    assert command("migrate", "--check")[0] == 0

    assert document(command("migrations", "uninstall", "--yes", "--json"))["uninstalled"] is True
    assert command("migrate", "--check")[0] == 1
