"""Simple readings of SQL text; they know as much of the language as the project uses."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"--[^\n]*")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_PLACES = re.compile(
    r"(?<!distinct )\b(?:from|join|into|references|(?<!do )(?<!for )(?<!after )(?<!before )update"
    r"|(?<!new )(?<!old )\btable|create (?:unique )?index (?:concurrently )?(?:if not exists )?\w+ on)"
    r"(?: only| lateral| if not exists| if exists)*"
    r"\s+(?!lateral\b|only\b|if\b|public\b)([\w%.]+)(\s*\()?",
)
_CTE = re.compile(
    r"(?:\bwith(?: recursive)?|\)\s*,)\s+(\w+)(?:\s*\([\w\s,]*\))?\s+as\s+(?:not )?(?:materialized )?\("
)
_TRANSITION = re.compile(r"\b(?:new|old) table as (\w+)")
_VARIABLE = re.compile(r"^\s+(\w+)\s+[\w.]+(?:\[\])?(?:\s*:=[^;]*)?;", re.MULTILINE)
_EXTRACT = re.compile(r"\b(?:extract|substring|trim|overlay)\s*\(\s*\w*\s+from\b")
_BUILT_IN = {"unnest", "jsonb_to_recordset", "jsonb_array_elements_text", "jsonb_each_text", "generate_series"}
_BUILT_IN |= {"regexp_split_to_table", "regexp_matches", "json_to_recordset", "jsonb_array_elements", "now"}
_BUILT_IN |= {"jsonb_each", "jsonb_object_keys"}
_STATES = {
    "set": re.compile(r"(?:^|;)\s*(?:set(?! local| transaction| constraints)\s+\w+|reset\s+\w+|discard\s)"),
    "set_config": re.compile(r"\bset_config\s*\([^)]*,\s*false\s*\)"),
    "listen": re.compile(r"(?:^|;)\s*(?:un)?listen\s+[\w{}*]+\s*(?:;|$)"),
    "lock": re.compile(r"\bpg_(?:try_)?advisory_(?:un)?lock(?:_shared|_all)?\b"),
    "prepare": re.compile(r"(?:^|;)\s*(?:prepare\s+\w+(?:\s*\([^)]*\))?\s+as\b|deallocate\b)"),
    "temporary": re.compile(r"\bcreate\s+temp(?:orary)?\b"),
    "cursor": re.compile(r"\bwith\s+hold\b"),
    "options": re.compile(r"[?&\s]options\s*="),
}


def without_comments(text: str) -> str:
    return _COMMENT.sub("", text)


def bare_names(text: str) -> list[str]:
    """Return the tables and functions that are read or written without a schema."""
    plain = " ".join(_EXTRACT.sub("", _LITERAL.sub("''", without_comments(text)).lower()).split())
    own = {*_CTE.findall(plain), *_TRANSITION.findall(plain)}
    own |= set(_VARIABLE.findall(without_comments(text).lower()))
    found = []
    for name, call in _PLACES.findall(plain):
        known = name in own or "." in name or (call and name in _BUILT_IN)
        if not known and not name.startswith("%"):
            found.append(name)
    return found


def session_state(text: str) -> list[str]:
    """Return what a text does that outlives its transaction."""
    plain = " ".join(text.lower().split())
    return [kind for kind, pattern in _STATES.items() if pattern.search(plain)]
