"""Runs Supabase's own command line against a database: its advisors, its linter, its migrations, its types."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[3]
CPU = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def supabase(folder: Path, dsn: str, *arguments: str, answers: str = "") -> str:
    """Run a command in a folder that is its home too, and return what it printed; a failure is an error."""
    cpu = CPU[platform.machine().lower()]
    program = PROJECT / "node_modules" / "@supabase" / f"cli-linux-{cpu}" / "bin" / "supabase"
    if not program.exists():
        raise RuntimeError(f"the Supabase CLI is not at {program}: run `make setup`")
    told = {"HOME": str(folder), "SUPABASE_TELEMETRY_DISABLED": "1", "DO_NOT_TRACK": "1"}
    joint = "&" if "?" in dsn else "?"
    done = subprocess.run(  # noqa: S603 - a program of our own choice
        [program, *arguments, f"--remote={dsn}{joint}sslmode=disable"],
        cwd=folder,
        env={**os.environ, **told},
        input=answers,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"supabase {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def advice(folder: Path, dsn: str) -> list[tuple[str, str]]:
    """Ask the advisors of the dashboard; returns each finding's name and what it says."""
    options = ("--type", "all", "--level", "info", "--fail-on", "none", "--output-format", "json", "--yes")
    found: list[dict[str, Any]] = json.loads(supabase(folder, dsn, "db", "advisors", *options))["results"]
    return [(one["name"], one["detail"]) for one in found]
