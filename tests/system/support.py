"""Real processes for the system tests: the simulator, workers that sync; and mirror and source compared."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from psycopg.rows import dict_row

from servers.scratch import wait_until
from system import worker

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["ploomes_sync.bootstrap", "ploomes_sync.engine.execute"])


@dataclass
class Source:
    """A simulator in a process of its own."""

    url: str
    http: httpx2.Client

    def admin(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - whatever JSON says
        answer = self.http.request(method, f"/_simulator{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def change_settings(self, **settings: object) -> None:
        self.admin("PATCH", "/settings", settings)

    def churn(self, **counts: int) -> dict[str, list[int]]:
        changed: dict[str, list[int]] = self.admin("POST", "/churn", counts)
        return changed

    def log(self) -> list[dict[str, Any]]:
        """Return the lists of products that were answered: time, query and rows."""
        found: list[dict[str, Any]] = self.admin("GET", "/stats?log=1")["log"]
        return found

    def pages(self) -> list[dict[str, Any]]:
        """Return the pages that walks have read."""
        return [seen for seen in self.log() if "Id%20gt" in seen["query"] and "Id%20eq" not in seen["query"]]

    def truth(self) -> dict[int, dict[str, Any]]:
        lines = self.http.get("/_simulator/products").text.splitlines()
        records = [json.loads(line, parse_float=Decimal) for line in lines]
        return {record["Id"]: record for record in records}


@contextmanager
def running_source(folder: Path, **settings: object) -> Iterator[Source]:
    """Start a simulator, quiet and unthrottled unless told otherwise; it ends with this process at the latest."""
    options = {"products": 1000, "rate_per_minute": 0, "max_concurrency": 0, **settings}
    port_file = folder / "port"
    port_file.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "ploomes_simulator", "--exit-with-parent", "--port-file", str(port_file)]
    for name, value in options.items():
        argv += [f"--{name.replace('_', '-')}", str(value)]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    try:
        wait_until(lambda: port_file.exists() or process.poll() is not None, "the simulator")
        url = f"http://127.0.0.1:{port_file.read_text().strip()}"
        with httpx2.Client(base_url=url, timeout=60) as http:
            yield Source(url, http)
    finally:
        process.kill()
        process.wait()


@dataclass
class Worker:
    """A process that works on one sync."""

    process: multiprocessing.context.ForkServerProcess
    answer: Connection

    def send(self, number: signal.Signals) -> None:
        if self.process.pid is not None and self.process.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, number)

    def kill(self) -> None:
        """End it as the kernel does when memory runs out."""
        self.send(signal.SIGKILL)
        self.process.join(30)

    def result(self, seconds: float = 120) -> dict[str, Any]:
        """Wait for the end and return the run."""
        if not self.answer.poll(seconds):
            self.kill()
            raise TimeoutError(f"the worker did not end within {seconds} s")
        run: dict[str, Any] = self.answer.recv()
        self.process.join(30)
        return run


@contextmanager
def running_mirror(
    dsn: str, folder: Path, settings: dict[str, Any] | None = None, **simulated: object
) -> Iterator[Mirror]:
    """Start a source and give a mirror of it; all processes end with the block."""
    with running_source(folder, **simulated) as source:
        mirror = Mirror(source, dsn, settings or {})
        try:
            yield mirror
        finally:
            mirror.close()


@dataclass
class Mirror:
    """A database, and workers that sync a source into it; `close` ends those that are left."""

    source: Source
    dsn: str
    settings: dict[str, Any] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)

    def close(self) -> None:
        for left in self.workers:
            left.kill()

    def start(self, settings: dict[str, Any] | None = None, **request: Any) -> Worker:  # noqa: ANN401 - fields
        """Start one sync in a process of its own."""
        chosen = {
            "PLOOME_API_URL": self.source.url,
            "PLOOME_API_KEY": "key",
            "DATABASE_URL": self.dsn,
            "API_RATE_LIMIT_PER_MINUTE": 0,
            "PRODUCT_SYNC_LEASE_SECONDS": 2,
            **self.settings,
            **(settings or {}),
        }
        ours, theirs = _processes.Pipe(duplex=False)
        process = _processes.Process(target=worker.work, args=(chosen, request, theirs), daemon=True)
        process.start()
        theirs.close()
        self.workers.append(Worker(process, ours))
        return self.workers[-1]

    def sync(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - fields
        return self.start(**request).result()

    def rows(self, statement: str, **values: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.dsn, row_factory=dict_row, autocommit=True, prepare_threshold=None) as conn:
            return conn.execute(statement.encode(), values or None).fetchall()

    def execute(self, statement: str) -> int:
        with psycopg.connect(self.dsn, autocommit=True, prepare_threshold=None) as conn:
            return conn.execute(statement.encode()).rowcount

    def let_leases_run_out(self) -> None:
        """Do what waiting does: the time of every lease is over."""
        self.execute("update ploomes_sync.runs set lease_until = now() - interval '1 s' where lease_until > now()")

    def open_runs(self) -> int:
        return len(self.rows("select from ploomes_sync.runs where status in ('queued', 'running')"))

    def wait_for(self, condition: str, seconds: float = 90) -> None:
        """Wait until a condition in SQL is true."""
        with psycopg.connect(self.dsn, autocommit=True, prepare_threshold=None) as conn:

            def holds() -> bool:
                row = conn.execute(f"select {condition}".encode()).fetchone()
                return bool(row and row[0])

            wait_until(holds, condition, seconds)

    def assert_equal(self) -> None:
        """Hold the mirror against the source: none missing, none extra, none stale, payloads whole."""
        source = self.source.truth()
        stored = self.rows(
            "select s.payload::text as payload, p.name, p.source_updated_at::text as updated "
            "from public.products_enhanced p "
            "join ploomes_sync.payloads s on s.ploomes_id = p.ploomes_product_id::bigint "
            "join ploomes_sync.product_state t on t.ploomes_id = s.ploomes_id and t.deleted_at is null "
            "where p.deleted_at is null"
        )
        mirror = {}
        for row in stored:
            record = json.loads(row["payload"], parse_float=Decimal)
            mirror[record["Id"]] = record
            assert row["name"] == record["Name"].strip(), "the column lags behind the payload"
        assert sorted(source.keys() - mirror.keys()) == [], "missing"
        assert sorted(mirror.keys() - source.keys()) == [], "extra"
        stale = [key for key, record in source.items() if mirror[key] != record]
        assert stale == [], f"stale: {source[stale[0]]} but {mirror[stale[0]]}"
