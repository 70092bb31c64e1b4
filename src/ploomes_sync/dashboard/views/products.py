"""What was asked of the catalogue, read kindly, and what a search offers to choose from (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from msgspec.structs import replace

from ploomes_sync.api.reads import LONGEST_WORDS
from ploomes_sync.dashboard.speech import Speech
from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.search import Facets, SearchQuery, Sort

FACETS = ("type", "segment", "brand", "category")
SOURCES = ("ploomes", "omie")
_LONGEST = 300
_MOST_CHOICES = 60
_LATELY = timedelta(days=30)
_MONEY = re.compile(r"([1-9]\d{0,2}(?:[.,]\d{3})+|\d{1,12})(?:[.,](\d{1,2}))?", re.ASCII)
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_PLURALS = {"type": "types", "segment": "segments", "brand": "brands", "category": "categories"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as it was understood; `ignored` are the parameters that made no sense."""

    query: SearchQuery
    ignored: tuple[str, ...] = ()

    @property
    def filters(self) -> int:
        """How many filters there are, besides words and order."""
        return len([name for name, _ in parameters(self.query) if name not in ("q", "sort", "after")])

    @property
    def menu(self) -> int:
        """How many of the filters are behind the last button."""
        query = self.query
        return sum(one is not None for one in (query.in_stock, query.active, query.source)) + query.deleted


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a search can be narrowed to; `count` is None while it is being counted."""

    value: str
    name: str
    count: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of one sort; `rest` are so many that are not offered."""

    key: str
    choices: tuple[Choice, ...]
    rest: int

    @property
    def chosen(self) -> str:
        """The name of the value that is chosen, blank for none."""
        return next((choice.name for choice in self.choices if choice.chosen), "")


def money(text: str) -> Decimal:
    """Read an amount as people write it, 1.250,50 or 1,250.50 or 1250.5; raises ValueError."""
    found = _MONEY.fullmatch(re.sub(r"\s|R\$", "", text))
    if found is None:
        raise ValueError("no amount of money")
    return Decimal(re.sub(r"\D", "", found[1]) + "." + (found[2] or "0"))


def _flag(text: str) -> bool:
    found = _FLAGS.get(text.lower())
    if found is None:
        raise ValueError("neither yes nor no")
    return found


def _text(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError("too long")
    return text


_READERS: dict[str, Callable[[str], Any]] = {
    "q": lambda text: text[:LONGEST_WORDS],
    "type": Kind,
    "brand": _text,
    "category": _text,
    "segment": _text,
    "min_price": money,
    "max_price": money,
    "in_stock": _flag,
    "active": _flag,
    "source": _text,
    "deleted": _flag,
    "sort": Sort,
    "after": str,
}


def read(given: Mapping[str, str], limit: int = 50) -> Asked:
    """Read what to search for; what makes no sense is left out and named."""
    values: dict[str, Any] = {}
    ignored = []
    for name, reader in _READERS.items():
        text = given.get(name, "").strip()
        if not text:
            continue
        try:
            values[name] = reader(text)
            SearchQuery(**values)
        except ValueError:
            values.pop(name, None)
            ignored.append(name)
    return Asked(SearchQuery(**values, limit=limit), tuple(ignored))


def parameters(query: SearchQuery) -> list[tuple[str, str]]:
    """Write what is asked as the parameters of an address; what is as usual is left out."""
    plain = SearchQuery()
    return [
        (name, _written(getattr(query, name))) for name in _READERS if getattr(query, name) != getattr(plain, name)
    ]


def _written(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}".removesuffix(".00")
    return str(value).lower() if isinstance(value, bool) else str(value)


def address(query: SearchQuery, path: str = "/products", **changed: object) -> str:
    """Return where a search is found; `changed` are fields that shall be otherwise. It begins anew."""
    wanted = parameters(replace(query, **{"after": None, **changed}))
    return f"{path}?{urlencode(wanted)}" if wanted else path


def history(current: str, query: SearchQuery) -> str:
    """Return the header that keeps the address: while someone types, one entry of the history is enough."""
    before = read(dict(parse_qsl(urlsplit(current).query)), query.limit).query
    typing = bool(before.q) and replace(before, q=query.q, after=None) == replace(query, after=None)
    return "HX-Replace-Url" if typing or before == query else "HX-Push-Url"


def without(query: SearchQuery) -> dict[str, SearchQuery]:
    """Return for each facet that is narrowed down the search that counts what else could be chosen."""
    return {key: replace(query, **{key: None}) for key in FACETS if getattr(query, key) is not None}


def facets(
    query: SearchQuery,
    counts: Mapping[str, Facets] | None,
    segments: Iterable[str],
    speech: Speech,
) -> dict[str, Facet]:
    """Return what each facet offers; `counts` are those of each facet, None while they are being counted."""
    always: dict[str, list[str]] = {"type": [kind.value for kind in Kind], "segment": list(segments)}
    found = {}
    for key in FACETS:
        counted: dict[str, int] | None = None if counts is None else getattr(counts[key], _PLURALS[key])
        found[key] = _facet(key, getattr(query, key), counted, always.get(key, []), speech)
    return found


def _facet(
    key: str, chosen: str | None, counted: dict[str, int] | None, always: list[str], speech: Speech
) -> Facet:
    values = list(dict.fromkeys([*always, *(counted or ())]))
    if chosen is not None and chosen not in values:
        values.insert(0, chosen)
    offered = [value for at, value in enumerate(values) if at < _MOST_CHOICES or value == chosen]
    return Facet(
        key,
        tuple(
            Choice(
                value=value,
                name=speech.name(key, value),
                count=None if counted is None else counted.get(value, 0),
                chosen=value == chosen,
            )
            for value in map(str, offered)
        ),
        len(values) - len(offered),
    )


def lately(moment: datetime | None, speech: Speech) -> str:
    """Return how to write when something was: how long ago while that says something, then the day."""
    return "ago" if moment is not None and speech.now - moment < _LATELY else "day"


def came_from(referer: str) -> str:
    """Return the search that a product was opened from, the plain list if it was opened from elsewhere."""
    came = urlsplit(referer)
    return f"/products?{came.query}" if came.path == "/products" and came.query else "/products"
