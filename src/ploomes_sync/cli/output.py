"""What a command prints: one JSON document for programs, tables for people, plain columns in a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_GAP = 2


@dataclass(slots=True)
class Table:
    """Rows under headings; columns in `right` hold numbers."""

    columns: Sequence[str]
    right: frozenset[int] = frozenset()
    title: str = ""
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Append a row; None is shown as a dash."""
        self.rows.append(tuple("–" if cell is None else clean(str(cell)) for cell in cells))


def clean(text: str) -> str:
    """Return the text as one line without control characters: names from outside may hold any."""
    return "".join(char if char.isprintable() else " " for char in text)


def say(*lines: str) -> None:
    """Print lines to standard output."""
    _write(sys.stdout, "".join(f"{line}\n" for line in lines))


def warn(line: str) -> None:
    """Print a line beside the result, to standard error."""
    _write(sys.stderr, f"{line}\n")


def write_json(document: object) -> None:
    """Print the one JSON document of a command."""
    import msgspec

    encoder = msgspec.json.Encoder(order="deterministic", decimal_format="number", enc_hook=str)
    text = msgspec.json.format(encoder.encode(document), indent=2)
    _write(sys.stdout, text.decode() + "\n")


def show(table: Table) -> None:
    """Print a table: drawn on a terminal, aligned columns elsewhere."""
    if sys.stdout.isatty():
        _draw(table)
    else:
        say(*_plain(table))


def show_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Print names and values, one pair a line; pairs without a value are left out."""
    told = [(name, clean(str(value))) for name, value in facts if value is not None and value != ""]
    width = max((len(name) for name, _ in told), default=0) + _GAP
    say(*(f"{_bold(name)}{' ' * (width - len(name))}{value}" for name, value in told))


def heading(text: str) -> None:
    """Print a heading with an empty line before it."""
    say("", _bold(text))


def number(value: float | None) -> str | None:
    """Write a count with thousands apart."""
    return None if value is None else f"{value:,.0f}"


def moment(value: datetime | None) -> str | None:
    """Write a time in UTC, to the second."""
    return None if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def span(seconds: float | None) -> str | None:
    """Write a duration in its two largest units."""
    if seconds is None:
        return None
    if seconds < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def silence() -> None:
    """Send what is still to be printed nowhere: the reader has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def console(stream: TextIO) -> Console:
    """Return a console on the stream, without markup in what it is given; a pipe is as wide as a line needs."""
    from rich.console import Console

    width = None if stream.isatty() else 200
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        if stream is sys.stdout:
            silence()


def _bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


def _draw(table: Table) -> None:
    from rich import box
    from rich.table import Table as Drawn

    drawn = Drawn(title=table.title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(table.columns):
        options: dict[str, Any] = {"justify": "right", "no_wrap": True} if index in table.right else {}
        drawn.add_column(name, **options)
    for row in table.rows:
        drawn.add_row(*row)
    console(sys.stdout).print(drawn)


def _plain(table: Table) -> list[str]:
    from rich.cells import cell_len

    rows = [tuple(table.columns), *table.rows]
    widths = [max(cell_len(row[index]) for row in rows) for index in range(len(table.columns))]
    lines = [table.title] if table.title else []
    for row in rows:
        cells = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            pad = " " * (width - cell_len(cell))
            cells.append(pad + cell if index in table.right else cell + pad)
        lines.append((" " * _GAP).join(cells).rstrip())
    return lines
