"""Installs the compared programs, each into an environment of its own below .cache/bench."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from scripts import machine, setup

from bench.peers.registry import HERE
from bench.results import PLACE

ENVIRONMENTS = PLACE / "environments"


def install(name: str) -> str | None:
    """Bring an environment up to its pinned packages; returns why it could not be, else None."""
    pinned = HERE / "requirements" / f"{name}.txt"
    place = ENVIRONMENTS / name
    wanted = hashlib.sha256(pinned.read_bytes()).hexdigest()
    stamp = place / "stamp"
    if stamp.exists() and stamp.read_text() == wanted and setup.runs(place):
        return None
    machine.say(f"installing {name} into {place}")
    machine.run([sys.executable, "-m", "venv", "--without-pip", "--clear", place])
    options: list[str | Path] = ["--quiet", "--compile-bytecode", "--python", place / "bin" / "python"]
    argv: list[str | Path] = [setup.find_uv(), "pip", "sync", *options, pinned]
    environment = machine.installer_environment()
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode != 0:
        return done.stderr.strip()
    stamp.write_text(wanted)
    return None


def version(requirements: str) -> str:
    """Name the pinned version of what an environment is for."""
    packages = {"dlt": ["dlt"], "singer": ["singer-sdk", "meltanolabs-target-postgres"], "airbyte": ["airbyte"]}
    lines = (HERE / "requirements" / f"{requirements}.txt").read_text().splitlines()
    pins = dict(line.split(" ;")[0].split("==", 1) for line in lines if "==" in line)
    return ", ".join(f"{name} {pins[name]}" for name in packages.get(requirements, ["psycopg"]))


def size(place: Path) -> int:
    """Return the bytes of all files in a folder, compiled Python left out."""
    files = (path for path in place.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files if path.suffix != ".pyc")
