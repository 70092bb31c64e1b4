"""One check of `doctor` and what all of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from ploomes_sync.cli.failure import Exit, describe

_CLOCK_SECONDS = 5.0
"""How far two clocks may be apart before it is worth a word."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at and what came of it; `facts` say the same to programs."""

    result: Literal["ok", "warn", "fail"]
    about: str
    said: str
    wrong_setting: bool = False
    facts: Mapping[str, object] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Return the check for `--json`."""
        return {"check": self.about, "result": self.result, "message": self.said, "facts": self.facts}


def failed(about: str, error: Exception) -> Check:
    """Turn an error into a failed check."""
    failure = describe(error)
    return Check("fail", about, failure.message, wrong_setting=failure.code is Exit.USAGE)


def clock(about: str, there: datetime) -> Check:
    """Hold another machine's clock against ours."""
    apart = abs((datetime.now(UTC) - there) / timedelta(seconds=1))
    said = f"{apart:.1f} s apart from ours"
    if apart > _CLOCK_SECONDS:
        return Check("warn", about, f"{said}: set both by NTP, or freshness is shown wrongly")
    return Check("ok", about, said)
