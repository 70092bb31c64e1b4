"""What the documentation names exists, and what exists is named."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from guards.tree import ROOT, SERVICE, parsed, place
from ploomes_sync.cli.app import build
from ploomes_sync.config import Settings, variables

CONFIGURATION = ROOT / "docs/configuration.md"
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
FENCED_COMMAND = re.compile(r"^[ \t]*(?:\$ )?(?:\.venv/bin/)?ploomes-sync +([a-z][a-z-]*)", re.MULTILINE)
INLINE_COMMAND = re.compile(r"`(?:\.venv/bin/)?ploomes-sync ([a-z][a-z-]*)")


def documents() -> Iterator[Path]:
    yield ROOT / "README.md"
    yield from sorted((ROOT / "docs").rglob("*.md"))


def commands() -> set[str]:
    return {name for name in build() if not name.startswith("-")}


def commands_in(text: str) -> set[str]:
    fenced = {word for block in FENCE.findall(text) for word in FENCED_COMMAND.findall(block)}
    return fenced | set(INLINE_COMMAND.findall(text))


def test_every_setting_is_named_in_the_documentation() -> None:
    assert CONFIGURATION.exists(), "docs/configuration.md is missing: it must name every setting"

    text = CONFIGURATION.read_text(encoding="utf-8")
    names = {name for field in Settings.model_fields for name in variables(field)}

    assert sorted(name for name in names if f"`{name}`" not in text) == []


def test_every_command_of_the_documentation_exists() -> None:
    known = commands()
    told = {place(path): commands_in(path.read_text(encoding="utf-8")) - known for path in documents()}

    assert {where: unknown for where, unknown in told.items() if unknown} == {}


def test_every_command_is_named_in_the_documentation() -> None:
    named = set().union(*(commands_in(path.read_text(encoding="utf-8")) for path in documents()))

    assert sorted(commands() - named) == [], "README.md or docs/*.md must name them"


def test_every_command_that_a_message_recommends_exists() -> None:
    known = commands()
    recommended = {
        (place(path, node.lineno), word)
        for path in SERVICE.rglob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in INLINE_COMMAND.findall(node.value)
    }

    assert recommended
    assert sorted((where, word) for where, word in recommended if word not in known) == []
