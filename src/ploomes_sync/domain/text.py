"""Text as people of the account write it: accents, case, HTML and Brazilian numbers."""

from __future__ import annotations

import html
import re
import unicodedata
from decimal import Decimal, InvalidOperation

_TOKEN = re.compile(r"[^\W_]+")
_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]*+)[^<>]*+>|<!--[^<]*-->")
_HIDDEN = frozenset({"script", "style"})
_BREAKS = frozenset({"br", "/p", "/div", "/li", "/tr", "/h1", "/h2", "/h3", "/h4", "/h5", "/h6"})
_ESCAPED_TAG = re.compile(r"&lt;/?[a-zA-Z]")
_BLANKS = re.compile(r"[^\S\n]+")
_NUMBER = re.compile(r"(?:R\$)?\s*([-+]?[0-9][0-9.,]{0,60})\s*[a-zA-Z%²³/]{0,12}")
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")


def fold(text: str) -> str:
    """Make texts comparable: accents, case and outer blanks do not count."""
    text = text.strip()
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()


def words(text: str) -> str:
    """Bring a text to words with a blank on both sides of each, so that `in` finds whole words only."""
    return f" {' '.join(_TOKEN.findall(fold(text)))} "


def plain_text(text: str) -> str:
    """Take the words out of HTML, also of HTML that was escaped once too often."""
    if _ESCAPED_TAG.search(text):
        text = html.unescape(text)
    if "<" in text:
        text = _strip_tags(text)
    if "&" in text:
        text = html.unescape(text)
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _strip_tags(text: str) -> str:
    """Drop tags in one pass, and what stands between tags that browsers do not show."""
    parts: list[str] = []
    shown_from: int = 0
    closing: str | None = None
    for tag in _TAG.finditer(text):
        name = (tag[1] or "").lower()
        if closing is None:
            parts += text[shown_from : tag.start()], "\n" if name in _BREAKS else " "
            closing = f"/{name}" if name in _HIDDEN else None
        elif name == closing:
            closing = None
        shown_from = tag.end()
    return "".join(parts) + (text[shown_from:] if closing is None else "")


def parse_number(text: str) -> Decimal | None:
    """Read a number as Brazilians write it (`R$ 1.234,56`, `12,5 kg`), or as machines do (`1234.56`)."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    digits = found[1].rstrip(".,")
    if "," in digits and digits.rfind(",") > digits.rfind("."):
        digits = digits.replace(".", "").replace(",", ".")
    elif _THOUSANDS.fullmatch(digits):
        digits = digits.replace(".", "")
    else:
        digits = digits.replace(",", "")
    try:
        return Decimal(digits)
    except InvalidOperation:
        return None
