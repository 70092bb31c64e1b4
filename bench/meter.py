"""Runs a program and measures it: wall time, CPU and memory of its processes, and what it cost the servers."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from bench.database import Cluster
from bench.source.process import Source

_EVERY = 0.05


class Cost(NamedTuple):
    """What one run has cost. Bytes, seconds, counts; `code` is the exit status, negative for a signal.

    `cpu` and `memory` are those of the program with its descendants, the peak of all together.
    """

    code: int
    seconds: float
    cpu: float
    memory: int
    database_cpu: float
    source_cpu: float
    requests: int
    pages: int
    rows: int
    wal: int

    def told(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return self._asdict()


class _Watch(threading.Thread):
    """Adds up the resident memory of a process and its descendants every so often.

    What the kernel tells of an ended child is no use: it counts this program, too, which the child came from.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._ended = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._ended.wait(_EVERY):
            with suppress(psutil.Error, OSError):  # it has just ended
                family = (self._root, *self._root.children(recursive=True))
                self.peak = max(self.peak, _highest(self._root.pid), sum(map(_resident, family)))

    def stop(self) -> int:
        """End the thread and return the peak in bytes."""
        self._ended.set()
        self.join()
        return self.peak


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:  # it has just ended
        return 0


def _highest(pid: int) -> int:
    """Return the most that a process has ever held, between two looks as well."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def run(
    argv: Sequence[str | Path],
    environment: Mapping[str, str],
    log: Path,
    until: Callable[[], bool] | None = None,
) -> tuple[int, float, float, int]:
    """Run a program in a session of its own; returns exit status, seconds, seconds of CPU, peak memory in bytes.

    Once `until` holds, it is killed with all its descendants.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - the bench's own programs
            argv,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    watch = _Watch(process.pid)
    watch.start()
    killer = threading.Thread(target=_kill_when, args=(until, process), daemon=True) if until else None
    if killer:
        killer.start()
    try:
        _, status, spent = os.wait4(process.pid, 0)
    finally:
        seconds = time.perf_counter() - began
        with suppress(ProcessLookupError):  # whatever it has left behind
            os.killpg(process.pid, signal.SIGKILL)
    process.returncode = os.waitstatus_to_exitcode(status)
    if killer:
        killer.join()
    return process.returncode, seconds, spent.ru_utime + spent.ru_stime, watch.stop()


def _kill_when(until: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while process.returncode is None:
        if until():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            return
        time.sleep(0.01)


def measure(
    argv: Sequence[str | Path],
    environment: Mapping[str, str],
    log: Path,
    servers: tuple[Source, Cluster],
    until: Callable[[], bool] | None = None,
) -> Cost:
    """Run a program and measure what it costs, at both servers too."""
    origin, database = servers
    source_before = origin.ask("reset")["cpu"]
    database_before, wal_before = database.cpu(), database.wal()
    code, seconds, cpu, memory = run(argv, environment, log, until)
    served = origin.ask("stats")
    wal, database_cpu = database.wal() - wal_before, database.cpu() - database_before
    return Cost(
        code,
        round(seconds, 3),
        round(cpu, 3),
        memory,
        round(database_cpu, 3),
        round(served["cpu"] - source_before, 3),
        served["requests"],
        served["pages"],
        served["rows"],
        wal,
    )
