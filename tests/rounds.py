"""On which kinds of servers a test runs: on the first, and again where another one might answer otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from servers import LAYOUTS

FIRST: Final = "15"
ALL: Final = "all"
EACH: Final = "each"
"""Every test on each kind of server that it must hold on."""
_TESTS = Path(__file__).parent
_OTHER_VERSIONS = ("18", "supabase-17")
_POOLER = ("supabase-pooler",)
_BESIDES: Final = {
    "integration": _POOLER,
    "integration/store": _OTHER_VERSIONS,
    "integration/engine/test_full_sync.py": _OTHER_VERSIONS,
    "integration/supabase": _OTHER_VERSIONS,
    "system/test_order.py": _POOLER,
    "system/test_kill.py": _POOLER,
    "system/test_budget_processes.py": _POOLER,
    "system/test_postgres_faults.py": _POOLER,
}


def kinds_of(path: Path, asked: str) -> list[str]:
    """Return the kinds of servers for the tests of a file, for what was asked by `--postgres`."""
    if asked == ALL:
        return list(LAYOUTS)
    if asked != EACH:
        return asked.split(",")
    found = [FIRST]
    for place, kinds in _BESIDES.items():
        if path.is_relative_to(_TESTS / place):
            found += kinds
    return found


def supabase_kinds_of(path: Path, asked: str) -> list[str]:
    """Return the kinds that are laid out like Supabase: one at least, and with `each` always the plain one."""
    found = [kind for kind in kinds_of(path, asked) if LAYOUTS[kind].supabase]
    return ["supabase", *found] if asked == EACH else found or ["supabase"]
