from __future__ import annotations

import threading
import time
from pathlib import Path

from servers import Server
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


def test_a_sync_outlives_the_kill_and_the_restart_of_postgres(own_server: Server, tmp_path: Path) -> None:
    with running_mirror(own_server.dsn("mirror"), tmp_path, SETTINGS, **SLOW) as mirror:
        worker = mirror.start()
        mirror.wait_for("exists (select from ploomes_sync.runs where pages >= 10)")
        own_server.kill()
        time.sleep(1)
        own_server.start_again()

        run = worker.result()

        assert (run["status"], run["outcome"]["inserted"], run["attempt"]) == ("succeeded", PRODUCTS, 1)
        mirror.assert_equal()


def test_a_run_whose_postgres_stays_away_is_resumed_by_the_next_process(
    own_server: Server, tmp_path: Path
) -> None:
    with running_mirror(own_server.dsn("mirror"), tmp_path, SETTINGS, **SLOW) as mirror:
        worker = mirror.start()
        mirror.wait_for("exists (select from ploomes_sync.runs where pages >= 10)")
        own_server.kill()
        worker.kill()
        own_server.start_again()

        run = mirror.sync()

        assert (run["status"], run["outcome"]["inserted"], run["attempt"]) == ("succeeded", PRODUCTS, 2)
        mirror.assert_equal()


CUT_OTHERS = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)


def test_connections_that_are_cut_again_and_again_only_delay_a_sync(database_url: str, tmp_path: Path) -> None:
    with running_mirror(database_url, tmp_path, SETTINGS, **SLOW) as mirror:
        worker = mirror.start()
        mirror.wait_for("exists (select from ploomes_sync.runs where pages >= 5)")
        for _ in range(2):
            # Behind a pooler there is at times no connection but the one that asks.
            wait_until(lambda: bool(mirror.rows(CUT_OTHERS)), "a connection to cut")
            time.sleep(1)

        run = worker.result()

        assert (run["status"], run["outcome"]["inserted"]) == ("succeeded", PRODUCTS)
        mirror.assert_equal()


def test_a_full_disk_pauses_a_sync_until_there_is_room(database_url: str, tmp_path: Path) -> None:
    with running_mirror(database_url, tmp_path, SETTINGS, **SLOW) as mirror:
        worker = mirror.start()
        mirror.wait_for("exists (select from ploomes_sync.runs where pages >= 5)")
        mirror.execute(FULL_DISK)
        room = threading.Timer(2, mirror.execute, ["drop trigger disk_full on ploomes_sync.payloads"])
        room.start()

        run = worker.result()
        room.join()

        assert (run["status"], run["outcome"]["inserted"]) == ("succeeded", PRODUCTS)
        assert run["outcome"]["errors"]["database"] >= 1
        mirror.assert_equal()
