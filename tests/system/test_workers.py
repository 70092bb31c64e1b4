from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from servers import Cluster
from servers.scratch import wait_until
from system.support import Mirror, running_mirror

PROGRAM = str(Path(sys.executable).with_name("ploomes-sync"))
PRODUCTS = 1500
PAGE = 15
LANES = 3
EVERY_OTHER_SECOND = "* * * * * */2"


@dataclass
class Crew:
    """Workers in processes of their own, over one mirror."""

    mirror: Mirror
    folder: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    pooled: str | None = None

    def environment(self, **changes: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PLOOME_API_URL": self.mirror.source.url,
            "PLOOME_API_KEY": "key",
            "DATABASE_URL": self.pooled or self.mirror.dsn,
            "API_RATE_LIMIT_PER_MINUTE": "0",
            "PRODUCT_SYNC_LEASE_SECONDS": "2",
            "PRODUCT_SYNC_BATCH_SIZE": str(PAGE),
            "SYNC_SCHEDULE": "off",
            "COMPLETE_SYNC_SCHEDULE": "off",
            **changes,
        }

    def start(self, *commands: str, **changes: str) -> None:
        """Start workers, and wait until the database has heard of them."""
        alive = self.alive()
        for command in commands:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [PROGRAM, *command.split()],
                cwd=self.folder,
                env=self.environment(**changes),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            self.processes.append(process)
        wait_until(lambda: self.alive() >= alive + len(commands), "the workers")

    def alive(self) -> int:
        return len(self.mirror.rows("select from ploomes_sync.procrastinate_workers"))

    def command(self, *arguments: str) -> Any:  # noqa: ANN401 - whatever JSON says
        done = subprocess.run(  # noqa: S603 - our own program
            [PROGRAM, *arguments, "--json"],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return json.loads(done.stdout)

    def at_work(self) -> subprocess.Popen[str]:
        """Return the process that holds the run."""
        (holder,) = self.mirror.rows("select lease_owner from ploomes_sync.runs where status = 'running'")
        pid = int(holder["lease_owner"].split(":")[1])
        return next(process for process in self.processes if process.pid == pid)

    def forget(self, dead: subprocess.Popen[str]) -> None:
        """Do what waiting does: the dead worker has been silent for long, and is no more of this crew."""
        dead.communicate()
        self.processes.remove(dead)
        self.mirror.execute(
            "update ploomes_sync.procrastinate_workers set last_heartbeat = now() - interval '30 s' "
            "where id in (select worker_id from ploomes_sync.procrastinate_jobs "
            "where status = 'doing' and task_name = 'work_run')"
        )

    def stop(self) -> float:
        """Ask all to end; returns how long the slowest took."""
        began = time.monotonic()
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(40)
        return time.monotonic() - began

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()


@contextmanager
def crew(dsn: str, folder: Path, *, products: int = PRODUCTS, latency_ms: int = 60) -> Iterator[Crew]:
    with running_mirror(dsn, folder, products=products, latency_ms=latency_ms) as mirror:
        made = Crew(mirror, folder)
        try:
            yield made
        finally:
            made.close()


@pytest.fixture
def both_ways(clusters: Callable[[str], Cluster]) -> Iterator[tuple[str, str]]:
    """Give a migrated database twice: straight, and behind a pooler in transaction mode."""
    cluster = clusters("supabase-pooler")
    name = cluster.create("migrated")
    yield cluster.server.dsn(name, user="postgres"), cluster.dsn(name)
    cluster.drop(name)


def test_a_killed_workers_run_goes_on_at_its_cursors_and_no_tick_is_doubled(
    database_url: str, tmp_path: Path
) -> None:
    with crew(database_url, tmp_path) as it:
        it.start("worker", "worker", "serve --port 0", SYNC_SCHEDULE=EVERY_OTHER_SECOND)
        it.mirror.wait_for("exists (select from ploomes_sync.runs where covering and pages >= 10)")
        victim = it.at_work()
        victim.kill()
        it.forget(victim)
        (run,) = it.mirror.rows("select id from ploomes_sync.runs where covering")
        _watch_until_done(it.mirror, str(run["id"]))

        (ended,) = it.mirror.rows(
            "select status, attempt, inserted from ploomes_sync.runs where id = %(id)s", id=run["id"]
        )
        assert ended == {"status": "succeeded", "attempt": 2, "inserted": PRODUCTS}
        assert len(it.mirror.source.pages()) - _needed_pages(it.mirror) <= LANES, "one page a lane"
        _each_tick_once(it.mirror)
        assert it.stop() < 10
        assert [process.returncode for process in it.processes] == [0, 0]


def _needed_pages(mirror: Mirror) -> int:
    """Return how many pages all runs had to read: full ones, and a last one for each part."""
    runs = mirror.rows(
        "select coalesce((r.plan ->> 'expected')::integer, 0) as expected, "
        "(select count(*) from ploomes_sync.run_parts p where p.run_id = r.id) as parts from ploomes_sync.runs r"
    )
    return sum(-(-run["expected"] // PAGE) + run["parts"] for run in runs)


def _watch_until_done(mirror: Mirror, run_id: str) -> None:
    """Wait for the end of the run, and see that never two covering runs are at work."""
    deadline = time.monotonic() + 60
    while mirror.rows("select from ploomes_sync.runs where id = %(id)s and status <> 'succeeded'", id=run_id):
        assert len(mirror.rows("select from ploomes_sync.runs where covering and status = 'running'")) <= 1
        assert time.monotonic() < deadline, mirror.rows("select status, error, lease_until from ploomes_sync.runs")
        time.sleep(0.1)


def _each_tick_once(mirror: Mirror) -> None:
    """See that no tick comes twice and none is lost; one may be left out while the job of another waits."""
    ticks = mirror.rows(
        "select (args ->> 'timestamp')::bigint as at from ploomes_sync.procrastinate_jobs "
        "where task_name = 'scheduled_sync' order by 1"
    )
    times = [tick["at"] for tick in ticks]
    due = range(times[0], times[-1] + 1, 2)
    assert times == sorted(set(times) & set(due))
    assert len(times) >= max(3, len(due) - 1)


def test_a_job_from_the_command_line_is_done_and_seen_through_a_pooler(
    both_ways: tuple[str, str], tmp_path: Path
) -> None:
    straight, pooled = both_ways
    with crew(straight, tmp_path, products=200, latency_ms=0) as it:
        it.pooled = pooled
        it.start("worker")
        it.command("jobs", "add", "--category", "rentals", "--urgency", "high")
        it.mirror.wait_for("exists (select from ploomes_sync.runs where status = 'succeeded')")
        it.mirror.wait_for(
            "count(*) = 2 from ploomes_sync.procrastinate_jobs where queue_name = 'sync' and status = 'succeeded' "
            "and task_name <> 'webhook_health'"
        )

        listed = it.command("jobs", "list", "--state", "succeeded")
        assert listed["workers"] == 1
        assert {"sync_products", "work_run"} <= {job["task"] for job in listed["jobs"]}
        assert it.mirror.rows("select request ->> 'urgency' as urgency from ploomes_sync.runs") == [
            {"urgency": "high"}
        ]
        it.stop()
