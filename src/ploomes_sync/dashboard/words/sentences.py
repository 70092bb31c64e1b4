"""What the service says in English, in Portuguese; what is not known stays as it is."""

from __future__ import annotations

import re
from functools import lru_cache

from ploomes_sync.dashboard.words import said

SENTENCES: dict[str, str] = (
    said.PLANS
    | said.TUNING
    | said.HEALTH
    | said.ADVICE
    | said.SOURCE
    | said.STORE
    | said.REFUSALS
    | said.RECORDS
    | said.CLASSIFYING
)
"""Each sentence with `{}` for what is filled in, in order; of several that fit the one with most words counts."""
_NUMBER = re.compile(r"-?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?", re.ASCII)
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)(.*)", re.ASCII)


class _Value(str):
    """What stands in a sentence; its format says what it is: a number, a time, or a sentence."""

    __slots__ = ()

    def __format__(self, form: str) -> str:
        match form:
            case "n":
                return _number(self)
            case "d":
                return _TIME.sub(r"\3/\2/\1\4", self)
            case "t":
                return translated(str(self))
            case _:
                return str(self)


def _number(text: str) -> str:
    """Write a number with point and comma as Portuguese does."""
    if not _NUMBER.fullmatch(text):
        return text
    whole, _, part = text.replace(",", "").partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    return f"{grouped},{part}" if part else grouped


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(map(re.escape, english.split("{}"))), re.DOTALL)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    longest = sorted(SENTENCES.items(), key=lambda pair: -len(pair[0].replace("{}", "")))
    return tuple((_pattern(english), portuguese) for english, portuguese in longest if "{}" in english)


@lru_cache(maxsize=512)
def translated(sentence: str) -> str:
    """Return a sentence in Portuguese; as it is when it is not known."""
    if sentence in SENTENCES:
        return SENTENCES[sentence]
    for pattern, portuguese in _patterns():
        if found := pattern.fullmatch(sentence):
            return portuguese.format(*map(_Value, found.groups()))
    return sentence
