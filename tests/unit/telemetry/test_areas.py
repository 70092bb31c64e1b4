from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
USED = re.compile(r'Log\("(product-sync:\w+)"\)')
TOLD = re.compile(r"^\| `(product-sync:\w+)` \|", re.MULTILINE)


def test_every_area_of_the_log_is_documented() -> None:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "src/ploomes_sync").rglob("*.py"))
    used = {area for text in sources for area in USED.findall(text)}

    assert used
    assert set(TOLD.findall((ROOT / "docs/operations.md").read_text(encoding="utf-8"))) == used
