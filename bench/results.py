"""Keeps what was measured, a file for each measurement, so that parts can be measured apart and resumed."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / ".cache" / "bench"
RESULTS = PLACE / "results"


@cache
def conditions() -> dict[str, Any]:
    """Describe the machine and the code that is measured."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    argv = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    revision = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "revision": revision.stdout.strip(),
    }


def _lines(path: str) -> list[str]:
    place = Path(path)
    return place.read_text().splitlines() if place.exists() else []


def _file(key: tuple[object, ...]) -> Path:
    return RESULTS / f"{'_'.join(map(str, key))}.json"


def has(*key: object) -> bool:
    """Tell whether something has been measured already."""
    return _file(key).exists()


def save(value: object, *key: object) -> None:
    """Keep a measurement with the conditions under which it was taken."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    told = {"key": key, "at": now, "load": os.getloadavg()[0], "conditions": conditions(), "value": value}
    draft = _file(key).with_suffix(".draft")
    draft.write_text(json.dumps(told, indent=1))
    draft.rename(_file(key))


def stored(*head: object) -> Iterator[tuple[list[Any], Any]]:
    """Yield key and value of every measurement whose key begins so."""
    for path in sorted(RESULTS.glob(f"{'_'.join(map(str, head))}_*.json")):
        told = json.loads(path.read_text())
        yield told["key"], told["value"]


def all_conditions() -> list[dict[str, Any]]:
    """Return the conditions of everything that is stored, each once, with the highest load average met."""
    found: dict[str, dict[str, Any]] = {}
    for path in RESULTS.glob("*.json"):
        told = json.loads(path.read_text())
        name = json.dumps(told["conditions"], sort_keys=True)
        load = max(told["load"], found.get(name, {}).get("load", 0.0))
        found[name] = {**told["conditions"], "load": load}
    return list(found.values())
