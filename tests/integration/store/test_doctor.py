from __future__ import annotations

import asyncio
from typing import Any

from ploomes_sync.cli import database_checks
from ploomes_sync.cli.check import Check
from ploomes_sync.config import read_settings
from ploomes_sync.store.migrate import migrations
from servers import Cluster

NEWEST = migrations()[-1].version


def checked(url: str, **settings: Any) -> dict[str, Check]:  # noqa: ANN401 - values of settings
    chosen = read_settings(_env_file=None, DATABASE_URL=url, **settings)
    return {check.about: check for check in asyncio.run(database_checks.run(chosen))}


def test_a_database_that_is_ready_passes_every_check(cluster: Cluster, database_url: str) -> None:
    found = checked(database_url)

    assert {check.result for check in found.values()} == {"ok"}
    assert found["connection"].facts["way"] == ("transaction pooler" if cluster.pooler else "direct")
    assert found["role"].facts["rights"] == {"owner": True, "writer": True}
    assert found["schema"].facts == {"installed": NEWEST, "shipped": NEWEST}


def test_what_was_mended_in_the_string_is_told(database_url: str) -> None:
    found = checked(f"{database_url}?pgbouncer=true")

    assert found["DATABASE_URL"].result == "warn"
    assert "pgbouncer= is for other programs" in found["DATABASE_URL"].said


def test_a_database_that_lacks_the_schema_is_told_which_version_it_has(empty_database_url: str) -> None:
    schema = checked(empty_database_url)["schema"]

    assert schema.result == "fail"
    assert schema.facts == {"installed": 0, "shipped": NEWEST}
    assert schema.said.endswith("run `ploomes-sync migrate`")


def test_the_wanted_role_is_tried(supabase_url: str) -> None:
    found = checked(supabase_url, DATABASE_ROLE="catalog_sync")
    unknown = checked(supabase_url, DATABASE_ROLE="nobody")
    closed = checked(supabase_url, DATABASE_ROLE="supabase_admin")

    assert found["role"].said == "catalog_sync (logged in as postgres), no superuser"
    assert found["schema"].result == "ok"
    assert unknown["database"].said.startswith('role "nobody" does not exist: check DATABASE_ROLE')
    assert closed["database"].said.startswith(
        'permission denied to set role "supabase_admin": check DATABASE_ROLE'
    )


def test_a_string_that_cannot_work_is_a_wrong_setting() -> None:
    found = checked("https://abcdefghijklmnopqrst.supabase.co")

    assert list(found) == ["database"]
    assert found["database"].wrong_setting
    assert "is a web address" in found["database"].said


def test_a_password_given_apart_is_used(database_url: str) -> None:
    login = database_url.replace("postgres@", "postgres:[YOUR-PASSWORD]@")

    assert checked(login, DATABASE_PASSWORD="p@ss/w%rd")["database"].result == "ok"
    assert "DATABASE_PASSWORD" in checked(login)["database"].said
