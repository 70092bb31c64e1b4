"""The quarantine as it is shown: reasons, and a payload with the place of its fault (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from ploomes_sync.domain.page import RejectReason
from ploomes_sync.domain.quarantine import QuarantinedPayload, QuarantineGroup

MOST_ASKED = 1000
"""Products that are asked for again at once."""
MOST_LINES = 2000
LONGEST = 4000
"""Characters of a line that are shown, and before and after a fault within it."""
_AROUND = 200
"""Lines that are shown before a fault that lies beyond the first ones."""
_INDENT = 2
_KEY = re.compile(r'\s*"((?:[^"\\]|\\.)*)": ')
_PATH = re.compile(r"([A-Za-z_][\w.\[\]]*): ")
_BYTE = re.compile(r"\(byte (\d+)\)")
_KNOWN = {RejectReason.NO_NAME.value: "Name", RejectReason.NO_ID.value: "Id", RejectReason.BAD_ID.value: "Id"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a payload; `marked` is the place of the fault."""

    number: int
    before: str
    marked: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload for people: `formatted` unless it is shown as it came; of `total` lines some are shown."""

    lines: tuple[Line, ...]
    total: int
    formatted: bool


def retryable(groups: Sequence[QuarantineGroup]) -> int:
    """Count the records that Ploomes can be asked for."""
    return sum(group.retryable for group in groups)


def payload(record: QuarantinedPayload) -> Payload:
    """Lay a payload out line by line, with its fault marked as far as its place is known."""
    try:
        text, formatted = msgspec.json.format(record.payload, indent=_INDENT), True
    except (msgspec.DecodeError, RecursionError):
        text, formatted = record.payload, False
    lines = text.split("\n")
    row, column = (_field(record, lines), 0) if formatted else _broken(record)
    first = 0 if row is None or row < MOST_LINES else row - _AROUND
    shown = enumerate(lines[first : first + MOST_LINES], first)
    made = (_line(number, line, column if number == row else None, whole=formatted) for number, line in shown)
    return Payload(tuple(made), len(lines), formatted)


def _line(row: int, text: str, column: int | None, *, whole: bool) -> Line:
    """Make a line; its fault is the `whole` of it, or what stands at the column."""
    if column is None:
        return Line(row + 1, _short(text))
    if whole:
        marked = text.lstrip(" ")
        return Line(row + 1, text[: -len(marked)], _short(marked))
    before, after = text[:column][-LONGEST:], text[column + 1 :]
    return Line(row + 1, before, text[column : column + 1] or " ", _short(after))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _field(record: QuarantinedPayload, lines: Sequence[str]) -> int | None:
    """Return the line of the field that the fault names; None when it names none that is there."""
    named = _PATH.match(record.detail)
    wanted = _KNOWN.get(record.reason) or (named[1] if named else None)
    return None if wanted is None else next((at for at, path in enumerate(paths(lines)) if path == wanted), None)


def paths(lines: Iterable[str]) -> Iterator[str]:
    """Tell what each line of formatted JSON holds, such as `Lists[1].Quantity`; nothing for a closing bracket."""
    path: dict[int, str] = {}
    items: dict[int, int] = {}
    for line in lines:
        depth = (len(line) - len(line.lstrip(" "))) // _INDENT
        if depth == 0:
            path[0], items[1] = "", 0
        if depth == 0 or line[depth * _INDENT] in "}]":
            yield ""
            continue
        outer, key = path[depth - 1], _KEY.match(line)
        if key is None:
            path[depth] = f"{outer}[{items[depth]}]"
            items[depth] += 1
        else:
            path[depth] = f"{outer}.{key[1]}" if outer else key[1]
        items[depth + 1] = 0
        yield path[depth]


def _broken(record: QuarantinedPayload) -> tuple[int | None, int]:
    """Return the line and column at which a payload ceases to be JSON."""
    told = _BYTE.search(record.detail)
    if told is None:
        return None, 0
    before = record.payload.encode()[: int(told[1])].decode(errors="ignore")
    return before.count("\n"), len(before) - (before.rfind("\n") + 1)
