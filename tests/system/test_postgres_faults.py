from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from servers import Server, migrate_now, scratch_folder, start_postgres
from servers.scratch import wait_until
from system.support import running_mirror

PRODUCTS = 3000
SLOW = {"products": PRODUCTS, "latency_ms": 30}
SETTINGS = {"PRODUCT_SYNC_BATCH_SIZE": 30}
FULL_DISK = """
create function public.fill_disk() returns trigger language plpgsql as $$
begin
  raise exception using errcode = '53100', message = 'could not extend file: No space left on device';
end $$;
create trigger disk_full before insert on ploomes_sync.payloads for each statement
  execute function public.fill_disk()
"""


@contextmanager
def _own_server() -> Iterator[tuple[Server, str]]:
    """Start a server that nobody else needs, with a migrated database."""
    with scratch_folder() as folder:
        server = start_postgres("15", folder)
        try:
            with psycopg.connect(server.dsn("postgres"), autocommit=True) as conn:
                conn.execute("create database mirror")
            migrate_now(server.dsn("mirror"))
            yield server, server.dsn("mirror")
        finally:
            server.stop()


def _start_again(server: Server) -> None:
    """Start a killed server; what is left of the old one may need a moment to go."""
    deadline = time.monotonic() + 20
    while True:
        try:
            server.start()
        except RuntimeError:
            server.process = None
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)
        else:
            return


def test_a_sync_outlives_the_kill_and_the_restart_of_postgres(tmp_path: Path) -> None:
    with _own_server() as (server, dsn), running_mirror(dsn, tmp_path, SETTINGS, **SLOW) as mirror:
        worker = mirror.start()
        mirror.wait_for("exists (select from ploomes_sync.runs where pages >= 10)")
        server.kill()
        time.sleep(1)
        _start_again(server)

        run = worker.result(90)

        assert (run["status"], run["outcome"]["inserted"], run["attempt"]) == ("succeeded", PRODUCTS, 1)
        mirror.assert_equal()


def test_a_run_whose_postgres_stays_away_is_resumed_by_the_next_process(tmp_path: Path) -> None:
    with _own_server() as (server, dsn), running_mirror(dsn, tmp_path, SETTINGS, **SLOW) as mirror:
        worker = mirror.start()
        mirror.wait_for("exists (select from ploomes_sync.runs where pages >= 10)")
        server.kill()
        worker.kill()
        _start_again(server)

        run = mirror.sync()

        assert (run["status"], run["outcome"]["inserted"], run["attempt"]) == ("succeeded", PRODUCTS, 2)
        mirror.assert_equal()


CUT_OTHERS = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)


@pytest.mark.timeout(180)
def test_connections_that_are_cut_again_and_again_only_delay_a_sync(database_url: str, tmp_path: Path) -> None:
    with running_mirror(database_url, tmp_path, SETTINGS, **SLOW) as mirror:
        worker = mirror.start()
        mirror.wait_for("exists (select from ploomes_sync.runs where pages >= 5)")
        for _ in range(2):
            # Behind a pooler there is at times no connection but the one that asks.
            wait_until(lambda: bool(mirror.rows(CUT_OTHERS)), "a connection to cut")
            time.sleep(1)

        run = worker.result(120)

        assert (run["status"], run["outcome"]["inserted"]) == ("succeeded", PRODUCTS)
        mirror.assert_equal()


def test_a_full_disk_pauses_a_sync_until_there_is_room(database_url: str, tmp_path: Path) -> None:
    with running_mirror(database_url, tmp_path, SETTINGS, **SLOW) as mirror:
        worker = mirror.start()
        mirror.wait_for("exists (select from ploomes_sync.runs where pages >= 5)")
        mirror.execute(FULL_DISK)
        room = threading.Timer(2, mirror.execute, ["drop trigger disk_full on ploomes_sync.payloads"])
        room.start()

        run = worker.result(60)
        room.join()

        assert (run["status"], run["outcome"]["inserted"]) == ("succeeded", PRODUCTS)
        assert run["outcome"]["errors"]["database"] >= 1
        mirror.assert_equal()
