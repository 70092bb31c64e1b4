"""What the shortest commands load: a start is paid by imports, so they are counted; the bench times them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROBE = """import sys
from ploomes_sync.cli.app import run
code = run(sys.argv[1:])
print(*sys.modules, file=sys.stderr)
sys.exit(code)
"""
SERVING = {"babel", "fastapi", "jinja2", "procrastinate", "python_multipart", "starlette", "uvicorn", "xlsxwriter"}
SELDOM = {"cachebox", "dotenv", "httpx2", "opentelemetry", "pygments", "rich.console", "stamina", "structlog"}
WORKING = {"croniter", "msgspec", "prometheus_client", "psutil", "psycopg", "pydantic"}


def loaded(folder: Path, *arguments: str, **environment: str) -> set[str]:
    """Run a command in an empty folder and return the modules that it has loaded in the end."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PLOOME", "OTEL", "DEBUG"))}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROBE, *arguments],
        cwd=folder,
        env=bare | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(("arguments", "most"), [("--version", 290), ("--help", 365), ("sync --help", 270)])
def test_whoever_asks_for_help_loads_no_library_of_the_work(tmp_path: Path, arguments: str, most: int) -> None:
    modules = loaded(tmp_path, *arguments.split())

    assert modules & (SERVING | (SELDOM - {"rich.console"}) | WORKING) == set()
    assert len(modules) < most


@pytest.mark.parametrize(("arguments", "most"), [("status", 600), ("search filtro", 560)])
def test_whoever_looks_into_the_database_loads_neither_server_nor_http_client(
    tmp_path: Path, database_url: str, arguments: str, most: int
) -> None:
    modules = loaded(tmp_path, *arguments.split(), DATABASE_URL=database_url)

    assert modules & (SERVING | SELDOM) == set()
    assert "psycopg" in modules
    assert len(modules) < most
