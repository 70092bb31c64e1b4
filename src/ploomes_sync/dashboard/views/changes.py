"""Changes as people read them: by day, each column from what to what (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import dates, numbers

from ploomes_sync.dashboard.speech import NOTHING, Speech
from ploomes_sync.domain.changes import RECORDED, ChangeKind, ChangePage, ProductChange, read_place

MONEY = ("base_price", "cost_price")
_IMPLIED = ("active", "available_for_sale")
"""What goes without saying when a product is deleted or comes back."""
_NAMED = {"product_type": "type", "source_system": "source"}
_LONGEST_SHARE = 100
"""Beyond a hundredfold a share tells nothing."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which changes are asked for; `ignored` are the parameters that made no sense."""

    column: str | None = None
    kind: ChangeKind | None = None
    run_id: UUID | None = None
    since: date | None = None
    cursor: str | None = None
    ignored: tuple[str, ...] = ()

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered out."""
        return any(one is not None for one in (self.column, self.kind, self.run_id, self.since))

    def asked(self, limit: int) -> dict[str, Any]:
        """Return what to ask the service."""
        return {
            "columns": (self.column,) if self.column else (),
            "kind": self.kind,
            "run_id": self.run_id,
            "cursor": self.cursor,
            "limit": limit,
        }

    def address(self, path: str = "/changes", **more: object) -> str:
        """Return where these changes are found, from the newest on."""
        own = {"column": self.column, "kind": self.kind, "run_id": self.run_id, "since": self.since}
        wanted = {name: str(value) for name, value in {**own, **more}.items() if value is not None}
        return f"{path}?{urlencode(wanted)}" if wanted else path


def read(given: Mapping[str, str]) -> Filter:
    """Read which changes to show; what makes no sense is left out and named."""
    readers: dict[str, Callable[[str], Any]] = {
        "column": _column,
        "kind": ChangeKind,
        "run_id": UUID,
        "since": lambda text: datetime.fromisoformat(text).date(),
        "cursor": lambda text: str(read_place(text).change_id),
    }
    values: dict[str, Any] = {}
    ignored = []
    for name, reader in readers.items():
        text = given.get(name, "").strip()
        if not text:
            continue
        try:
            values[name] = reader(text)
        except ValueError:
            ignored.append(name)
    return Filter(**values, ignored=tuple(ignored))


def _column(text: str) -> str:
    if text not in RECORDED:
        raise ValueError("not recorded")
    return text


def until(page: ChangePage, since: date | None, zone: ZoneInfo) -> ChangePage:
    """Cut a page, newest first, where it reaches back before a day."""
    if since is None:
        return page
    begin = datetime.combine(since, time(), zone)
    kept = [item for item in page.items if item.changed_at >= begin]
    ended = len(kept) < len(page.items)
    return ChangePage(items=kept, next=None if ended else page.next, more=page.more and not ended)


@dataclass(frozen=True, slots=True)
class Delta:
    """One column of a change; `way` is up, down or blank, `by` says how far."""

    name: str
    old: str
    new: str
    way: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One change of a product; `clock` is the reader's time of day."""

    change: ProductChange
    deltas: tuple[Delta, ...]
    clock: str = ""

    @property
    def run(self) -> str:
        """The short name of the run, blank when no run did it."""
        return str(self.change.run_id)[:8] if self.change.run_id else ""


@dataclass(frozen=True, slots=True)
class Day:
    """The changes of one day; without a `title` it goes on with the day before it on the page."""

    day: str
    title: str
    lines: tuple[Line, ...]


def days(changes: Iterable[ProductChange], speech: Speech, going_on: str = "") -> list[Day]:
    """Group changes, newest first, by the reader's days; `going_on` is the day that is shown already."""
    lines = (
        Line(change, deltas(change, speech), f"{change.changed_at.astimezone(speech.zone):%H:%M:%S}")
        for change in changes
    )
    return [
        Day(str(day), "" if str(day) == going_on else day_title(day, speech), tuple(group))
        for day, group in groupby(lines, lambda line: line.change.changed_at.astimezone(speech.zone).date())
    ]


def day_title(day: date, speech: Speech) -> str:
    """Name a day as people do."""
    today = speech.now.astimezone(speech.zone).date()
    if day == today:
        return speech.t("day.today")
    if day == today - timedelta(days=1):
        return speech.t("day.yesterday")
    year = "" if day.year == today.year else (" 'de' yyyy" if speech.language == "pt" else ", yyyy")
    pattern = ("EEEE, d 'de' MMMM" if speech.language == "pt" else "EEEE, MMMM d") + year
    return dates.format_date(day, pattern, locale=speech.locale)


def deltas(change: ProductChange, speech: Speech, currency: str | None = None) -> tuple[Delta, ...]:
    """Tell each column of a change, in the order of the columns; `currency` is that of the product if known."""
    implied = _IMPLIED if change.kind in (ChangeKind.REMOVED, ChangeKind.RESTORED) else ()
    told = (item for item in change.changes.items() if item[0] not in implied)
    ordered = sorted(told, key=lambda item: _rank(item[0]))
    return tuple(_delta(column, old, new, speech, currency) for column, (old, new) in ordered)


def _rank(column: str) -> int:
    return RECORDED.index(column) if column in RECORDED else len(RECORDED)


def _delta(column: str, old: object, new: object, speech: Speech, currency: str | None) -> Delta:
    way, by = _moved(column, old, new, speech)
    return Delta(
        name=speech.name("column", column),
        old=_shown(column, old, speech, currency),
        new=_shown(column, new, speech, currency),
        way=way,
        by=by,
    )


def _moved(column: str, old: object, new: object, speech: Speech) -> tuple[str, str]:
    if not (_is_number(old) and _is_number(new)):
        return "", ""
    before, after = Decimal(str(old)), Decimal(str(new))
    way = "up" if after > before else "down"
    if column not in MONEY:
        return way, speech.number(abs(after - before), 2)
    share = abs(after - before) / abs(before) if before else None
    return way, speech.share(float(share)) if share is not None and share < _LONGEST_SHARE else ""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _shown(column: str, value: object, speech: Speech, currency: str | None) -> str:
    if value is None or value in ("", []):
        return NOTHING
    if isinstance(value, bool):
        return speech.t("yes" if value else "no")
    if isinstance(value, (int, float, Decimal)):
        return _amount(value, speech, currency) if column in MONEY else speech.number(value, 3)
    if isinstance(value, list):
        return ", ".join(speech.name("segment", one) for one in value)
    return speech.name(_NAMED[column], value) if column in _NAMED else str(value)


def _amount(value: float | Decimal, speech: Speech, currency: str | None) -> str:
    if currency is None:
        return numbers.format_decimal(value, format="#,##0.00", locale=speech.locale)
    return speech.money(value, currency)
