"""Queries in Ploomes' flavour of OData, as URL text (pure).

A blank is written `%20`, since strict servers refuse `+` in `$filter`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

DETAIL = "OtherProperties"
OPTIONAL_DETAILS = ("Lists", "Parts")
_READABLE = "(),:;/$@'=*"


@dataclass(frozen=True, slots=True)
class ProductQuery:
    """One page of products by key: ids above `after`, up to `upto`, that match `filter` as well."""

    after: int = 0
    upto: int | None = None
    filter: str | None = None
    top: int = 300
    skip: int = 0
    expand: tuple[str, ...] = (DETAIL, *OPTIONAL_DETAILS)
    count: bool = True


def url(path: str, options: Sequence[tuple[str, str]]) -> str:
    """Return path and query; names and values are escaped, `$` and OData's own signs stay readable."""
    query = "&".join(f"{name}={quote(value, safe=_READABLE)}" for name, value in options)
    return f"{path}?{query}" if query else path


def products_url(query: ProductQuery) -> str:
    """Return the URL of one page in the order of the key; never by `$skip` alone, which churn would shift."""
    terms = [f"Id gt {query.after}"]
    if query.upto is not None:
        terms.append(f"Id le {query.upto}")
    if query.filter:
        terms.append(f"({query.filter})")
    options = [("$filter", " and ".join(terms)), ("$orderby", "Id"), ("$top", str(query.top))]
    if query.skip:
        options.append(("$skip", str(query.skip)))
    if query.expand:
        options.append(("$expand", ",".join(query.expand)))
    if query.count:
        options.append(("$count", "true"))
    return url("/Products", options)


def table_options(options: Sequence[tuple[str, str]], after: int, top: int) -> list[tuple[str, str]]:
    """Return the options of one page of a small table, by key, with the options that the table needs besides."""
    terms = [value for name, value in options if name == "$filter"]
    others = [(name, value) for name, value in options if name != "$filter"]
    condition = all_of(*terms, f"Id gt {after}") or ""
    return [("$filter", condition), ("$orderby", "Id"), ("$top", str(top)), *others, ("$count", "true")]


def ids_filter(ids: Sequence[int]) -> str:
    """Return a filter for exactly these products."""
    return " or ".join(f"Id eq {product_id}" for product_id in ids)


def since_filter(since: datetime) -> str:
    """Return a filter for what changed since then; undated products always match, so that none is lost."""
    return f"LastUpdateDate ge {timestamp(since)} or LastUpdateDate eq null"


def all_of(*filters: str | None) -> str | None:
    """Join filters with `and`; None is no filter."""
    given = [text for text in filters if text]
    return " and ".join(f"({text})" for text in given) if len(given) > 1 else (given[0] if given else None)


def timestamp(moment: datetime) -> str:
    """Write a moment as Ploomes reads it without doubt: UTC with `Z`, milliseconds rounded down."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
