"""Cut a filter into tokens."""

import re
from dataclasses import dataclass

from ploomes_simulator.odata.errors import QueryError

_DATE = r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?(?:Z|[+-]\d\d:\d\d)?)?"
_TOKEN = re.compile(
    rf"(?P<blank>\s+)|(?P<date>{_DATE})(?![\w-])|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?!\w)"
    r"|(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark>[(),/:])"
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its sort, its text, and where it begins."""

    sort: str
    text: str
    position: int


def tokenize(text: str) -> list[Token]:
    """Cut a filter into tokens; blanks are dropped, a strange character is an error."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise QueryError(f"Syntax error at position {position}: unexpected '{text[position]}'.")
        if match.lastgroup != "blank":
            tokens.append(Token(match.lastgroup, match.group(), position))
        position = match.end()
    tokens.append(Token("end", "", len(text)))
    return tokens
