"""The checks of the catalogue as they are shown (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ploomes_sync.domain.quality import Check, QualityCheck

STEPS = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One check; `bar` is its length in per cent, at least 1 where there is anything."""

    key: Check
    count: int
    share: float
    bar: int


def rows(checks: Sequence[QualityCheck]) -> list[Row]:
    """Return the checks in their order."""
    return [
        Row(one.key, one.count, one.share, max(1, round(one.share * STEPS)) if one.count else 0) for one in checks
    ]


def find(text: str) -> Check | None:
    """Return the check of this name; None when there is none."""
    return Check(text) if text in set(Check) else None
