from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from ploomes_sync.store.db import open_database
from ploomes_sync.store.server import Rights, Server, inspect
from servers import Cluster, scratch_folder, start_pgbouncer


def look(dsn: str, role: str | None = None) -> Server:
    async def run() -> Server:
        async with open_database(dsn, role=role) as db:
            return await inspect(db)

    return asyncio.run(run())


def test_a_server_says_what_it_is_and_who_we_are(supabase: Cluster, supabase_url: str) -> None:
    found = look(supabase_url)

    assert str(found.major) == supabase.layout.version
    assert found.version.startswith(f"{found.major}.")
    assert (found.host, found.near, found.tls, found.verified) == ("127.0.0.1", True, False, False)
    assert (found.supabase, found.login, found.role) == (True, "postgres", "postgres")
    assert (found.superuser, found.bypasses_rls) == (False, True)
    assert found.rights == Rights(owner=True, writer=True)
    assert found.statement_timeout == 120
    assert found.extensions == ("pg_trgm", "unaccent")
    assert 0 < found.free_connections < found.max_connections == 200


def test_the_way_to_a_server_is_direct_or_a_pooler_that_shares_transactions(
    cluster: Cluster, database_url: str
) -> None:
    assert look(database_url).way == ("transaction pooler" if cluster.pooler else "direct")


@pytest.fixture
def session_url(supabase: Cluster) -> Iterator[str]:
    with scratch_folder() as folder:
        pooler = start_pgbouncer(supabase.server, folder, pool_size=10, mode="session")
        yield pooler.dsn("empty", user="postgres")
        pooler.stop()


def test_a_pooler_that_shares_no_transactions_is_told_apart(session_url: str) -> None:
    found = look(session_url)

    assert found.way == "pooler"
    assert found.rights is None


def test_a_role_is_become_and_its_rights_are_told(supabase: Cluster, supabase_url: str) -> None:
    found = look(supabase_url, role="catalog_sync")

    assert (found.login, found.role, found.bypasses_rls) == ("postgres", "catalog_sync", False)
    assert found.rights == Rights(owner=False, writer=True)
    name = supabase_url.rsplit("/", 1)[1]
    assert look(supabase.dsn(name, "authenticator")).rights == Rights(owner=False, writer=False)


def test_a_grant_alone_does_not_pass_row_level_security(supabase: Cluster, supabase_url: str) -> None:
    name = supabase_url.rsplit("/", 1)[1]
    supabase.admin("grant select, insert, update on public.products_enhanced to authenticator", name)

    assert look(supabase.dsn(name, "authenticator")).rights == Rights(owner=False, writer=False)
