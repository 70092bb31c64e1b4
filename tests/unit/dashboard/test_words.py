from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

from ploomes_sync.dashboard.words import WORDS

DASHBOARD = Path(__file__).resolve().parents[3] / "src/ploomes_sync/dashboard"
KEY = r"[a-z0-9_\-]+(?:\.[a-z0-9_\-]+)*"
ASKED = re.compile(rf"""\b(?:t|speech\.t|s\.t|self\.t)\(\s*["']({KEY})["']\s*[,)]""")
NAMED = re.compile(r"""\bname\(\s*["']([a-z_.]+)["']""")
BEGUN = re.compile(rf"""["']({KEY}\.)["']\s*~|f["']({KEY}\.)\{{""")
QUOTED = re.compile(rf"""["']({KEY})["']""")


def sources() -> str:
    kinds = ("**/*.py", "**/*.html")
    files = [file for kind in kinds for file in DASHBOARD.glob(kind) if "words" not in file.parts]
    return "\n".join(file.read_text() for file in files)


def places(words: str) -> set[str | None]:
    return {name for form in words.split("|") for _, name, _, _ in Formatter().parse(form) if name is not None}


def test_whatever_the_pages_say_has_words() -> None:
    missing = {key for key in ASKED.findall(sources()) if key not in WORDS}
    assert missing == set()


def test_every_word_is_said_somewhere() -> None:
    text = sources()
    said = set(QUOTED.findall(text))
    begun = {one or other for one, other in BEGUN.findall(text)} | {f"{name}." for name in NAMED.findall(text)}
    unsaid = {key for key in WORDS if key not in said and not any(key.startswith(start) for start in begun)}
    assert unsaid == set()


def test_both_languages_are_filled_in_with_the_same_values() -> None:
    for key, (portuguese, english) in WORDS.items():
        assert places(portuguese) == places(english), key
        for words in (portuguese, english):
            assert words == words.strip(), key
            assert words, key
