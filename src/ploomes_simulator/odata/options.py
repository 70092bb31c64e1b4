"""Read the query string: $select, $expand with nested options, $orderby, $top, $skip, $count, $filter."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from ploomes_simulator.odata.errors import QueryError
from ploomes_simulator.odata.parser import parse_filter
from ploomes_simulator.odata.syntax import Node


@dataclass(frozen=True, slots=True)
class Order:
    """One key of an order."""

    names: tuple[str, ...]
    descending: bool


@dataclass(frozen=True, slots=True)
class Clause:
    """What to show of a row; `select` None means every field."""

    select: tuple[str, ...] | None = None
    expand: tuple["Expand", ...] = ()


@dataclass(frozen=True, slots=True)
class Expand:
    """One relation to show, with its own options."""

    name: str
    clause: Clause = Clause()
    filter: Node | None = None
    order: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; `shape` is the text that decides how one row is written."""

    clause: Clause = Clause()
    filter: Node | None = None
    order: tuple[Order, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    shape: str = ""


_KNOWN = frozenset(
    {"$select", "$expand", "$filter", "$orderby", "$top", "$skip", "$skiptoken", "$count", "$format"}
)
_BRACKETS = re.compile(r"'(?:[^']|'')*'|[(),;']")
_NESTED = frozenset({"$select", "$expand", "$filter", "$orderby"})


def split_query(raw: str, *, plus_is_blank: bool) -> list[tuple[str, str]]:
    """Decode a raw query string into names and values, in their order."""

    def decode(text: str) -> str:
        try:
            return unquote(text.replace("+", " ") if plus_is_blank else text, errors="strict")
        except UnicodeDecodeError as error:
            raise QueryError("The query string is not UTF-8.") from error

    pairs = (part.partition("=") for part in raw.split("&") if part)
    return [(decode(name), decode(value)) for name, _, value in pairs]


def parse_query(pairs: list[tuple[str, str]], *, refuse_unknown: bool) -> Query:
    """Read the options; names without `$` are ignored, unknown ones with `$` ignored or refused."""
    options: dict[str, str] = {}
    for name, value in pairs:
        if not name.startswith("$"):
            continue
        if name not in _KNOWN:
            if refuse_unknown:
                raise QueryError(f"The query parameter '{name}' is not supported.")
            continue
        if name in options:
            raise QueryError(f"Query option '{name}' was specified more than once.")
        options[name] = value
    return Query(
        clause=_clause(options),
        filter=parse_filter(options["$filter"]) if "$filter" in options else None,
        order=_orders(options["$orderby"]) if "$orderby" in options else (),
        top=_whole("$top", options["$top"]) if "$top" in options else None,
        skip=_whole("$skip", options.get("$skip") or options.get("$skiptoken") or "0"),
        count=_flag(options.get("$count", "false")),
        shape=f"{options.get('$select', '')}|{options.get('$expand', '')}",
    )


def _whole(name: str, text: str) -> int:
    if not text.strip().isdecimal():
        raise QueryError(f"Invalid value '{text}' for {name} query option found.")
    return int(text)


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise QueryError(f"Invalid value '{text}' for $count query option found.")
    return text == "true"


def _clause(options: dict[str, str]) -> Clause:
    select = _names(options["$select"]) if "$select" in options else None
    expand = tuple(_expand(part) for part in split_outside(options.get("$expand", ""), ","))
    return Clause(None if select and "*" in select else select, expand)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if "" in names:
        raise QueryError("A name is missing in $select.")
    return names


def _orders(text: str) -> tuple[Order, ...]:
    return tuple(_order(part) for part in text.split(","))


def _order(text: str) -> Order:
    words = text.split()
    if not words or len(words) > 2 or words[1:] not in ([], ["asc"], ["desc"]):  # noqa: PLR2004 - name, direction
        raise QueryError(f"Syntax error in $orderby near '{text.strip()}'.")
    return Order(tuple(words[0].split("/")), words[1:] == ["desc"])


def _expand(text: str) -> Expand:
    name, bracket, rest = text.strip().partition("(")
    if not bracket:
        return Expand(name.strip())
    if not rest.rstrip().endswith(")"):
        raise QueryError(f"A bracket is missing in $expand near '{text.strip()}'.")
    options: dict[str, str] = {}
    for part in split_outside(rest.rstrip()[:-1], ";"):
        option, equals, value = part.strip().partition("=")
        if option not in _NESTED or not equals:
            raise QueryError(f"'{part.strip()}' cannot stand inside $expand.")
        options[option] = value
    return Expand(
        name.strip(),
        _clause(options),
        parse_filter(options["$filter"]) if "$filter" in options else None,
        _orders(options["$orderby"]) if "$orderby" in options else (),
    )


def split_outside(text: str, separator: str) -> Iterator[str]:
    """Split at a separator, but not inside brackets or quotes."""
    begin, depth = 0, 0
    for match in _BRACKETS.finditer(text):
        mark = match.group()
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if depth < 0 or mark == "'":
            raise QueryError("Brackets or quotes in $expand do not match.")
        if mark == separator and depth == 0:
            yield text[begin : match.start()]
            begin = match.end()
    if depth:
        raise QueryError("Brackets or quotes in $expand do not match.")
    if text:
        yield text[begin:]
