from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from servers import Kind, scratch_folder, start_pgbouncer, start_postgres


@pytest.mark.parametrize("kind", ["15", "17", "18"])
def test_a_server_of_each_version_starts_with_the_extensions_that_the_schema_needs(kind: Kind) -> None:
    with scratch_folder() as folder:
        server = start_postgres(kind, folder)
        try:
            with psycopg.connect(server.dsn("postgres"), autocommit=True) as conn:
                conn.execute("create extension pg_trgm")
                conn.execute("create extension unaccent")
                major = conn.info.server_version // 10000
                row = conn.execute("select current_setting('wal_level'), unaccent('Máquina')").fetchone()
        finally:
            server.stop()

    assert (major, row) == (int(kind), ("logical", "Maquina"))


def test_a_supabase_like_server_has_a_postgres_that_is_no_superuser() -> None:
    with scratch_folder() as folder:
        server = start_postgres("18", folder, superuser="supabase_admin")
        try:
            with psycopg.connect(server.dsn("postgres", user="postgres")) as conn:
                row = conn.execute("select current_setting('is_superuser')").fetchone()
        finally:
            server.stop()

    assert row == ("off",)


def test_committed_data_outlives_the_kill_and_restart_of_a_server() -> None:
    with scratch_folder() as folder:
        server = start_postgres("18", folder)
        try:
            with psycopg.connect(server.socket_dsn("postgres"), autocommit=True) as conn:
                conn.execute("create table kept as select 1 as one")
            server.kill()
            server.restart()
            with psycopg.connect(server.dsn("postgres")) as conn:
                row = conn.execute("select one from kept").fetchone()
        finally:
            server.stop()

    assert row == (1,)


def test_the_pooler_shares_its_few_connections_among_many_clients() -> None:
    with scratch_folder() as folder:
        server = start_postgres("15", folder)
        pooler = start_pgbouncer(server, folder, pool_size=2)
        try:
            clients = [
                psycopg.connect(pooler.dsn("postgres"), autocommit=True, prepare_threshold=None) for _ in range(6)
            ]
            backends = {backend_of(client) for client in clients}
            for client in clients:
                client.close()
        finally:
            pooler.stop()
            server.stop()

    assert 1 <= len(backends) <= 2


def backend_of(client: psycopg.Connection) -> int:
    row = client.execute("select pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])


def test_a_scratch_folder_leaves_nothing_behind() -> None:
    with scratch_folder() as folder:
        (folder / "something").write_text("x")

    assert not Path(folder).exists()
