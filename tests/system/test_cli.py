from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from servers import scratch_folder
from servers.scratch import wait_until

PROGRAM = str(Path(sys.executable).with_name("ploomes-sync"))
KEY = "only-this-key-is-right"
PRODUCTS = 400
BRISK = {"API_RATE_LIMIT_PER_MINUTE": "300"}
ENDS_WITHIN = 5.0
"""Seconds from Ctrl-C to the end, a busy machine included."""


@dataclass
class Cli:
    """The program with an environment of its own: nothing of the caller's, no `.env`."""

    folder: Path
    variables: Mapping[str, str]
    _bare: dict[str, str] = field(default_factory=lambda: {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"})

    def environment(self, **changes: str) -> dict[str, str]:
        return {**self._bare, **self.variables, **changes}

    def run(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own program
            [PROGRAM, *arguments],
            cwd=self.folder,
            env=self.environment(**changes),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def json(self, *arguments: str, code: int = 0, **changes: str) -> Any:  # noqa: ANN401 - whatever JSON says
        done = self.run(*arguments, "--json", **changes)
        assert (done.returncode, done.stderr) == (code, ""), done.stdout
        return json.loads(done.stdout)

    def fails(self, *arguments: str, code: int, **changes: str) -> str:
        """Expect one line on standard error, nothing else, and the same sentence as JSON."""
        done = self.run(*arguments, **changes)
        assert (done.returncode, done.stdout) == (code, "")
        assert done.stderr.count("\n") == 1, done.stderr
        assert self.json(*arguments, code=code, **changes)["error"]["message"] == done.stderr.strip()
        return done.stderr.strip()


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with scratch_folder() as folder:
        options = ["--products", str(PRODUCTS), "--key", KEY, "--rate-per-minute", "0"]
        port_file = folder / "port"
        process = subprocess.Popen(  # noqa: S603 - our own program
            [PROGRAM, "simulate", *options, "--port-file", str(port_file), "--exit-with-parent"],
            stdout=subprocess.DEVNULL,
        )
        wait_until(port_file.exists, "the simulator")
        yield f"http://127.0.0.1:{port_file.read_text().strip()}"
        process.terminate()
        process.wait(10)


@pytest.fixture
def cli(tmp_path: Path, simulator: str, database_url: str) -> Cli:
    return Cli(
        tmp_path,
        {
            "PLOOME_API_URL": simulator,
            "PLOOME_API_KEY": KEY,
            "DATABASE_URL": database_url,
            "API_RATE_LIMIT_PER_MINUTE": "0",
        },
    )


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Cli]:
    """Give the program on a machine without any settings, its data folder aside."""
    with scratch_folder() as folder:
        yield Cli(tmp_path, {"PLOOMES_SYNC_DATA": str(folder / "data")})


def test_a_database_is_migrated_once(tmp_path: Path, empty_database_url: str) -> None:
    cli = Cli(tmp_path, {"DATABASE_URL": empty_database_url})

    pending = cli.json("migrate", "--check", code=1)["pending"]
    assert "run `ploomes-sync migrate`" in cli.fails("status", code=1)
    assert cli.json("migrate")["applied"] == pending
    assert cli.json("migrate")["applied"] == []
    assert cli.json("migrate", "--check")["pending"] == []
    assert "No sync has finished yet" in cli.run("status").stdout


def test_every_command_does_its_work_and_speaks_json(cli: Cli) -> None:
    dry = cli.json("sync", "--dry-run")
    assert (dry["run_id"], dry["dry_run"], dry["inserted"], dry["expected"]) == (None, True, PRODUCTS, PRODUCTS)
    first = cli.json("sync")
    assert (first["status"], first["strategy"], first["inserted"]) == ("succeeded", "batch", PRODUCTS)
    again = cli.json("sync", "--strategy", "batch")
    assert (again["inserted"], again["updated"], again["unchanged"]) == (0, 0, PRODUCTS)

    verified = cli.json("verify")
    assert (verified["ok"], verified["checked"], verified["different"]) == (True, PRODUCTS, 0)
    assert cli.json("verify", "--ids-only")["ok"]
    status = cli.json("status")
    told = status["totals"]["products"], status["quarantine"]["parked"], len(status["runs"])
    assert told == (PRODUCTS, 0, 2)
    assert cli.json("logs", "--limit", "1")["runs"][0]["run_id"] == again["run_id"]
    assert cli.json("logs", again["run_id"])["status"] == "succeeded"
    older = cli.json("logs", "--limit", "1", "--after", cli.json("logs", "--limit", "1")["next"])
    assert [run["run_id"] for run in older["runs"]] == [first["run_id"]]
    assert cli.json("logs", "--since", "2999-01-01") == {"runs": [], "next": None}
    assert "next" in cli.fails("logs", "--after", "x", code=2)
    assert "cannot be cancelled" in cli.fails("cancel", again["run_id"], code=1)

    hit = cli.json("search", "--limit", "1")["items"][0]
    product = cli.json("show", hit["ploomes_product_id"])
    assert product["name"] == hit["name"]
    by_id = cli.json("sync", "--id", hit["ploomes_product_id"], "--urgency", "critical")
    assert (by_id["strategy"], by_id["fetched"], by_id["requests"]) == ("real-time", 1, 1)
    rentals = cli.json("sync", "--category", "rentals", "--strategy", "batch")
    assert rentals["fetched"] == status["totals"]["segments"]["rentals"]

    assert sum(found["products"] for found in cli.json("categories")["categories"]) > 0
    explained = cli.json("classify", "--explain", hit["ploomes_product_id"])
    assert {line["about"] for line in explained["lines"]} > {"type", "brand", "segment rentals"}
    assert cli.json("quarantine", "list") == {"total": 0, "records": []}
    checks = cli.json("doctor")["checks"]
    assert {check["result"] for check in checks} == {"ok"}


def test_a_changed_profile_is_applied_to_what_is_stored(cli: Cli, tmp_path: Path) -> None:
    cli.json("sync")
    assert cli.json("classify", "--apply")["changed"] == 0
    profile = tmp_path / "profile.toml"
    profile.write_text('name = "ours"\n[[segments]]\nname = "air"\nwords = ["ar"]\n')

    changed = cli.json("classify", "--apply", PRODUCT_SYNC_PROFILE=str(profile))

    assert changed["read"] == PRODUCTS
    assert changed["changed"] > PRODUCTS / 2
    counts = cli.json("status", PRODUCT_SYNC_PROFILE=str(profile))["totals"]["segments"]
    assert list(counts) == ["air"]
    assert counts["air"] > 0
    assert cli.json("classify", "--apply", PRODUCT_SYNC_PROFILE=str(profile))["changed"] == 0


def test_a_mass_deletion_waits_for_a_person(cli: Cli, simulator: str) -> None:
    cli.json("sync")
    settings = f"{simulator}/_simulator/settings"
    try:
        httpx2.patch(settings, json={"visible_products": PRODUCTS - 50}).raise_for_status()
        held = cli.json("sync", "--strategy", "batch", code=4)
        assert (held["status"], held["deleted"], held["missing"]) == ("needs_confirmation", 0, 50)
        assert held["next"] == f"ploomes-sync confirm {held['run_id']} --allow-deletes 50"
        confirmed = cli.json("confirm", held["run_id"])
        assert (confirmed["status"], confirmed["deleted"]) == ("succeeded", 50)
    finally:
        httpx2.patch(settings, json={"visible_products": None}).raise_for_status()
    assert cli.json("sync", "--strategy", "batch")["restored"] == 50


def test_a_record_in_quarantine_is_fetched_once_more_and_leaves_it(cli: Cli, database_url: str) -> None:
    cli.json("sync")
    key = cli.json("search", "--limit", "1")["items"][0]["ploomes_product_id"]
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(
            "insert into ploomes_sync.quarantine (payload_hash, ploomes_id, reason, detail, payload)"
            " values ('\\x01', %s, 'no_name', 'the name is blank', '{\"Id\": 1}')",
            [key],
        )

    (record,) = cli.json("quarantine", "list")["records"]
    assert (record["ploomes_id"], record["reason"]) == (int(key), "no_name")
    assert cli.json("quarantine", "show", str(record["id"]))["payload"] == '{"Id": 1}'
    assert cli.json("classify", "--apply")["skipped"] == 1
    retried = cli.json("quarantine", "retry")
    assert (retried["status"], retried["fetched"], retried["unchanged"]) == ("succeeded", 1, 1)
    assert cli.json("quarantine", "list")["total"] == 0
    assert "no record 999 in quarantine" in cli.fails("quarantine", "show", "999", code=1)


def test_a_wrong_key_is_told_in_one_sentence(cli: Cli) -> None:
    said = cli.fails("sync", code=1, PLOOME_API_KEY="wrong-secret")

    assert "Check PLOOME_API_KEY" in said
    assert "wrong-secret" not in said


def test_a_missing_key_is_told_in_one_sentence(cli: Cli) -> None:
    assert cli.fails("sync", code=2, PLOOME_API_KEY="").startswith("PLOOME_API_KEY: is not set")


def test_a_database_that_is_down_is_told_in_one_sentence(cli: Cli) -> None:
    said = cli.fails("status", code=1, DATABASE_URL="postgresql://user:hunter2@127.0.0.1:1/x")

    assert "Check that the server runs" in said
    assert "hunter2" not in said


def test_health_judges_each_part_and_is_an_exit_code(cli: Cli) -> None:
    cli.json("sync")

    health = cli.json("health", code=1)
    away = cli.json("health", code=1, DATABASE_URL="postgresql://user:hunter2@127.0.0.1:1/x")

    assert [part["name"] for part in health["parts"] if not part["ok"]] == ["worker"]
    assert [part["name"] for part in away["parts"] if not part["ok"]] == ["postgres"]
    assert "hunter2" not in json.dumps(away)
    told = cli.run("health")
    assert (told.returncode, told.stderr) == (1, "")
    assert "No worker is running" in told.stdout


def test_a_connection_string_that_is_none_is_told_in_one_sentence(cli: Cli) -> None:
    said = cli.fails("status", code=2, DATABASE_URL="nonsense://user:hunter2@host/x")

    assert said.startswith("DATABASE_URL: is not PostgreSQL's: it must begin with postgresql://")
    assert "hunter2" not in said


def test_a_dropped_table_is_told_in_one_sentence(cli: Cli, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("drop table public.products_enhanced cascade")

    assert "products_enhanced" in cli.fails("search", "x", code=1)
    checks = cli.json("doctor", code=1)["checks"]
    assert any(c["result"] == "fail" and "products_enhanced" in c["message"] for c in checks)


def test_a_mistake_in_the_profile_is_told_in_one_sentence(cli: Cli, tmp_path: Path) -> None:
    profile = tmp_path / "mistake.toml"
    profile.write_text('name = "ours"\n[[segments]]\nname = "air"\nword = ["ar"]\n')

    said = cli.fails("sync", code=2, PRODUCT_SYNC_PROFILE=str(profile))

    assert "unknown key 'word'; did you mean words" in said
    assert str(profile) in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sync", "--strategy", "fast"), "--strategy"),
        (("sync", "--id", "0"), "--id"),
        (("snyc",), "sync"),
        (("classify",), "--explain"),
        (("sync", "--category", "nothing"), "nothing"),
        (("search", "x", "--after", "y"), "after"),
    ],
)
def test_wrong_usage_is_told_in_one_sentence(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    assert said in cli.fails(*arguments, code=2)


def test_a_wrong_setting_is_told_by_name(cli: Cli) -> None:
    assert cli.fails("sync", code=2, PRODUCT_SYNC_CONCURRENT="9").startswith("PRODUCT_SYNC_CONCURRENT: ")
    wrong = cli.json("doctor", code=2, PRODUCT_SYNC_CONCURRENT="9")["settings"]
    assert [s["variables"] for s in wrong if s["wrong"]] == [["PRODUCT_SYNC_CONCURRENT"]]


def test_the_help_of_every_command_teaches_and_loads_nothing_heavy(alone: Cli) -> None:
    done = alone.run("--help")
    commands = [line.split(":")[0].strip() for line in done.stdout.splitlines() if line.startswith("  ")]
    assert {"demo", "sync", "verify", "status", "logs", "search", "show", "classify", "doctor"} < set(commands)
    probe = "import sys; from ploomes_sync.cli.app import build; build(); print(*sys.modules)"
    asked = [sys.executable, "-c", probe]
    loaded = subprocess.run(asked, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own
    assert not {"httpx2", "msgspec", "psycopg", "pydantic", "structlog"} & set(loaded.split())


def test_a_reader_that_goes_away_causes_no_traceback(alone: Cli) -> None:
    for command in ("doctor --settings", "doctor --settings --json", "sync --help"):
        line = f"{PROGRAM} {command} | true"
        done = subprocess.run(  # noqa: S602 - a pipe of our own program
            line, shell=True, env=alone.environment(), capture_output=True, check=False
        )
        assert done.stderr == b""


def test_the_demo_proves_itself_and_is_kept(alone: Cli) -> None:
    quick = {"API_RATE_LIMIT_PER_MINUTE": "0"}

    first = alone.run("demo", "--once", "--products", "300", **quick)
    assert (first.returncode, first.stderr) == (0, "")
    assert "300 new, 0 changed, 0 unchanged" in first.stdout
    assert "0 missing, 0 extra, 0 different" in first.stdout
    second = alone.run("demo", "--once", "--products", "300", **quick)
    assert "0 new, 0 changed, 300 unchanged" in second.stdout
    assert alone.json("search", "filtro", "--limit", "1")["items"]
    other = alone.run("demo", "--once", "--products", "100", **quick)
    assert (other.returncode, "--fresh" in other.stderr) == (4, True)
    fresh = alone.run("demo", "--once", "--products", "100", "--fresh", **quick)
    assert (fresh.returncode, "100 new" in fresh.stdout) == (0, True)
    assert left_behind(alone) == []


class Terminal:
    """A program on a pseudo-terminal, and all that it writes there."""

    def __init__(self, cli: Cli, *arguments: str, **changes: str) -> None:
        self.text = ""
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [PROGRAM, *arguments],
            cwd=cli.folder,
            env=cli.environment(TERM="xterm", **changes),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._ours, 65536)
            except OSError:
                return
            self.text += piece.decode(errors="replace")

    def interrupt(self) -> tuple[int, float]:
        """Do what Ctrl-C does, to the whole process group; returns the exit code and how long it took."""
        started = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        code = self.process.wait(30)
        self._reader.join(5)
        os.close(self._ours)
        return code, time.monotonic() - started


def left_behind(cli: Cli) -> list[str]:
    """List the processes of this data folder that still run."""
    ps = ["/bin/ps", "-eo", "pid,args"]
    listed = subprocess.run(ps, capture_output=True, text=True, check=True).stdout  # noqa: S603 - a fixed program
    return [line for line in listed.splitlines() if cli.variables["PLOOMES_SYNC_DATA"] in line]


@pytest.mark.parametrize("awaited", ["", "Simulator http", "1 page", "Verifying"])
def test_ctrl_c_ends_the_demo_in_good_order_at_any_moment(alone: Cli, awaited: str) -> None:
    terminal = Terminal(alone, "demo", "--products", "1200", **BRISK)
    if awaited:
        wait_until(lambda: awaited in terminal.text, awaited)
    else:
        time.sleep(0.9)

    code, seconds = terminal.interrupt()

    assert code == 130, terminal.text
    assert seconds < ENDS_WITHIN
    assert "Traceback" not in terminal.text
    assert left_behind(alone) == []


def test_an_interrupted_demo_is_resumed_and_ctrl_c_ends_the_waiting_one(alone: Cli) -> None:
    terminal = Terminal(alone, "demo", "--products", "2400", **BRISK)
    wait_until(lambda: "2 pages" in terminal.text, "some pages")
    assert terminal.interrupt()[0] == 130

    waiting = Terminal(alone, "demo", "--products", "2400", **BRISK)
    wait_until(lambda: "until Ctrl-C" in waiting.text, "the demo to be done", 60)

    assert "attempt 2" in waiting.text
    code, seconds = waiting.interrupt()
    assert (code, left_behind(alone)) == (0, [])
    assert seconds < ENDS_WITHIN
