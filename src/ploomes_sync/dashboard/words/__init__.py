"""The words of the dashboard: each key with its Portuguese and its English."""

from __future__ import annotations

from importlib import import_module
from itertools import chain

Pairs = dict[str, tuple[str, str]]
"""Portuguese and English; `{name}` is filled in, `one|more` chooses by `n`."""
_PAGES = (
    "common",
    "overview",
    "quarantine",
    "quality",
    "charts",
    "runs",
    "sync",
    "products",
    "product",
    "changes",
    "settings",
)


def _collected() -> Pairs:
    pages = [import_module(f"{__name__}.{page}").WORDS for page in _PAGES]
    found = dict(chain.from_iterable(page.items() for page in pages))
    if len(found) != sum(map(len, pages)):
        raise AssertionError("two pages define the same words")
    return found


WORDS: Pairs = _collected()
