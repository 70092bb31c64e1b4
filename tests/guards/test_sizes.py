"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast

from guards.tree import CODE, files, nodes, place

LONGEST_FILE = 400
LONGEST_FUNCTION = 40


def test_no_file_is_longer_than_400_lines() -> None:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files(*CODE)}

    assert {place(path): size for path, size in sizes.items() if size > LONGEST_FILE} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    sizes = {
        f"{place(path, node.lineno)} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path, node in nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}
