"""The few queries that the compared programs send: by key or by `$skip`, by date, by ids. Others are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from ploomes_simulator.dates import parse_date

MOST_ROWS = 300
_TERM = re.compile(r"(Id|LastUpdateDate) (eq|ge|gt|le|lt) (\S+?)(?=[\s()]|$)")
_GLUE = re.compile(r"\b(?:and|or)\b|[\s()]")
_NEWEST = "LastUpdateDate desc"
_ORDERS = ("", "Id", "Id asc", _NEWEST)


class QueryError(ValueError):
    """A query that this source does not know."""


@dataclass(frozen=True, slots=True)
class Query:
    """One page of products: ids in (after, upto] or exactly `only`, dates from `since`, undated ones if asked.

    With `newest` they come by date, the last first.
    """

    after: int = 0
    upto: int | None = None
    only: tuple[int, ...] = ()
    since: int | None = None
    undated: bool = False
    skip: int = 0
    top: int = MOST_ROWS
    count: bool = False
    newest: bool = False


def parse(text: str) -> Query:
    """Read a query string; raises QueryError for what the source cannot answer faithfully."""
    options = dict(parse_qsl(text, keep_blank_values=True))
    if options.get("$orderby", "").strip() not in _ORDERS:
        raise QueryError(f"$orderby={options['$orderby']}")
    found = _terms(options.get("$filter", ""))
    after, upto = found.get("Id gt", "0"), found.get("Id le")
    try:
        return Query(
            after=int(after),
            upto=int(upto) if upto else None,
            only=tuple(int(one) for one in found.get("Id eq", "").split()),
            since=_since(found),
            undated="LastUpdateDate eq" in found,
            skip=int(options.get("$skip", "0")),
            top=min(int(options.get("$top", MOST_ROWS)), MOST_ROWS),
            count=options.get("$count") == "true",
            newest=options.get("$orderby") == _NEWEST,
        )
    except ValueError as error:
        raise QueryError(text) from error


def _terms(text: str) -> dict[str, str]:
    """Return the comparisons of a filter by name and operator; those of `Id eq` are joined by blanks."""
    if _GLUE.sub("", _TERM.sub("", text)):
        raise QueryError(f"$filter={text}")
    found: dict[str, str] = {}
    for name, operator, value in _TERM.findall(text):
        key = f"{name} {operator}"
        found[key] = f"{found[key]} {value}" if key in found else value
    return found


def _since(found: dict[str, str]) -> int | None:
    """Return the earliest date that matches, in milliseconds."""
    text = found.get("LastUpdateDate ge") or found.get("LastUpdateDate gt")
    if text is None:
        return None
    moment = parse_date(text.replace("Z", "+00:00"))
    if moment is None:
        raise QueryError(f"no date: {text}")
    return moment + ("LastUpdateDate gt" in found)
