"""Databases that earlier releases have made become this version's.

With each release goes `tests/fixtures/schema/VERSION.sql`, a dump of a database that it has migrated and filled
with a few products (PostgreSQL 15, laid out plainly):

    pg_dump --inserts --file=tests/fixtures/schema/VERSION.sql "$DATABASE_URL"

Whatever lies there is tried here; before the first release that is nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from integration.store.catalogue import store
from integration.supabase.dumps import dump, play_back, schema
from ploomes_sync.store.migrate import migrations
from servers import Cluster
from servers.cluster import migrate_now

RELEASED = Path(__file__).parents[2] / "fixtures" / "schema"
STEPS = 4


@pytest.fixture
def plain(clusters: Callable[[str], Cluster]) -> Cluster:
    """A server of the version that Debian brings pg_dump for."""
    cluster = clusters("15")
    cluster.need("migrated")
    return cluster


@pytest.fixture
def halfway(plain: Cluster, tmp_path: Path) -> Path:
    """A dump of a version that never was: only the first migrations."""
    name = plain.create("empty")
    dsn = plain.server.dsn(name, user="postgres")
    with psycopg.connect(dsn) as conn:
        for migration in migrations()[:STEPS]:
            conn.execute(migration.text)
    store(dsn, {"name": "Filtro de ar", "code": "F-1"})
    assert schema(plain, name) != schema(plain, "migrated")
    file = tmp_path / "halfway.sql"
    file.write_text(dump(plain, name, "--inserts"))
    plain.drop(name)
    return file


def test_every_earlier_version_becomes_this_one_and_keeps_its_products(plain: Cluster, halfway: Path) -> None:
    expected = schema(plain, "migrated")
    for file in [halfway, *sorted(RELEASED.glob("*.sql"))]:
        name = plain.create("empty")
        dsn = plain.server.dsn(name, user="postgres")
        play_back(plain, name, file)
        migrate_now(dsn)

        assert schema(plain, name) == expected, file.name
        with psycopg.connect(dsn) as conn:
            found = conn.execute("select name from public.search_products()").fetchall()
            assert found == conn.execute("select name from public.products_enhanced order by name").fetchall()
            assert found, file.name
        plain.drop(name)
