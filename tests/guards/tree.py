"""The project's own files, as the guards see them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "src/ploomes_sync"
STORE = SERVICE / "store"
MIGRATIONS = STORE / "migrations"
FOLDERS = ("src", "tests", "bench", "scripts", "docs", ".ci")
CODE = (".py", ".sql", ".toml", ".js", ".css", ".html", ".sh")
PROSE = (".md", ".txt", ".json", ".yml", ".yaml", ".cfg", "")


@cache
def files(*endings: str) -> tuple[Path, ...]:
    """Return the project's text files with these endings; what tools make and lock files are left out."""
    wanted = endings or (*CODE, *PROSE)
    found = [
        path
        for path in ROOT.iterdir()
        if path.is_file() and path.name != ".git" and not path.name.startswith(".env")
    ]
    for folder in FOLDERS:
        found += [
            path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts
        ]
    return tuple(sorted(path for path in found if path.suffix in wanted))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    """Walk the syntax of every Python file."""
    for path in files(".py"):
        for node in ast.walk(parsed(path)):
            yield path, node


def place(path: Path, line: int | None = None) -> str:
    """Name a place the way an editor opens it."""
    name = str(path.relative_to(ROOT))
    return name if line is None else f"{name}:{line}"


def texts_of(path: Path) -> set[str]:
    """Return the string literals of a Python file."""
    return {
        node.value
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
