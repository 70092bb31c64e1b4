"""What the service says in English, in Portuguese; what is not known stays as it is."""

from __future__ import annotations

import re
from functools import lru_cache

SENTENCES: dict[str, str] = {}
"""Each sentence with `{}` for what is filled in, in order; the Portuguese takes `{0}`, `{1}` …"""


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, english.split("{}"))) + "$", re.DOTALL)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((_pattern(english), portuguese) for english, portuguese in SENTENCES.items())


@lru_cache(maxsize=512)
def translated(sentence: str) -> str:
    """Return a sentence in Portuguese; as it is when it is not known."""
    for pattern, portuguese in _patterns():
        if found := pattern.match(sentence):
            return portuguese.format(*found.groups())
    return sentence
