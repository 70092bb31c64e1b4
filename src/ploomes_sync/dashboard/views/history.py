"""What a reader of the history of runs asks for, as the address says it; nonsense is left out (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ploomes_sync.domain.history import LogQuery
from ploomes_sync.domain.run import RunStatus, Strategy
from ploomes_sync.errors import ErrorClass

Word = TypeVar("Word", bound=StrEnum)
SHOWN = 50
_LONGEST_TEXT = 200
NAMES = ("text", "status", "strategy", "category", "error_class", "since", "until")


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as they stand in the form, and the question that they make; `ignored` are no filters."""

    values: dict[str, str]
    query: LogQuery
    ignored: tuple[str, ...] = ()

    @property
    def filtered(self) -> bool:
        """Tell whether anything is filtered."""
        return any(self.values.values())

    def following(self, after: str) -> str:
        """Return the address of the page that begins there, with the same filters."""
        kept = {name: value for name, value in self.values.items() if value}
        return "/runs?" + urlencode({**kept, "after": after})


def asked(parameters: Mapping[str, str], segments: tuple[str, ...], zone: ZoneInfo) -> Asked:
    """Read the filters; days are those of the zone, and `until` is the last one shown."""
    given = {name: parameters.get(name, "").strip()[:_LONGEST_TEXT] for name in NAMES}
    read: dict[str, Any] = {
        "status": _one_of(RunStatus, given["status"]),
        "strategy": _one_of(Strategy, given["strategy"]),
        "error_class": _one_of(ErrorClass, given["error_class"]),
        "category": given["category"] if given["category"] in segments else None,
        "since": _midnight(given["since"], zone),
        "until": _midnight(given["until"], zone, days=1),
    }
    ignored = tuple(name for name, value in read.items() if given[name] and value is None)
    values = {name: "" if name in ignored else value for name, value in given.items()}
    query = LogQuery(**read, text=given["text"], limit=SHOWN, after=_place(parameters.get("after")))
    return Asked(values, query, ignored)


def _one_of(kind: type[Word], text: str) -> Word | None:
    return kind(text) if text in set(kind) else None


def _midnight(text: str, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    """Return when a day begins, or the one so many days later."""
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=days), time(), zone)
    except (ValueError, OverflowError):
        return None


def _place(after: str | None) -> str | None:
    """Return the place where a page begins; the first page when it is none."""
    try:
        LogQuery(after=after)
    except ValueError:
        return None
    return after
