"""Reads the named statements of a `.sql` file; no statement is put together anywhere else."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements(name: str) -> dict[str, LiteralString]:
    """Return the statements of `store/<name>.sql`, by the word after `-- name:`."""
    text = resources.files("ploomes_sync.store").joinpath(f"{name}.sql").read_text(encoding="utf-8")
    pieces = _NAME.split(text)
    pairs = zip(pieces[1::2], pieces[2::2], strict=True)
    # Read from our own package, never from input: as safe as a literal.
    return {key: cast("LiteralString", body.strip()) for key, body in pairs}
