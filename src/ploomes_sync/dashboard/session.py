"""A session of the dashboard: a signed cookie that names a token and never holds it (pure).

The cookie says which token, since when, and when it was last renewed; what the token may do is looked up with
each request, so that a revocation or an end is felt in every session. A one-time link begins one without a token.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

IDLE_SECONDS = 12 * 3600
"""A session that nobody uses for so long has ended."""
LONGEST_SECONDS = 7 * 86_400
"""However much it is used, a session ends then."""
_RENEW_SECONDS = 600
_NAME = "ploomes_sync"
_SECURE = "__Host-"
_OWN_PATH = re.compile(r"/(?!/)[!-\[\]-~]{0,2000}")
_DOORS = ("/sign-in", "/sign-out", "/link/")


@dataclass(frozen=True, slots=True)
class Session:
    """Who signed in: the number of a token, or none by a one-time link. Times in seconds since 1970."""

    token: int | None
    began: int
    renewed: int


def seal(session: Session, secret: bytes, name: str) -> str:
    """Write a session as the value of the cookie of this name; it is good for no other name."""
    text = f"{session.token or 0}.{session.began}.{session.renewed}"
    return f"{text}.{_mac(secret, name, text)}"


def unseal(value: str, secret: bytes, name: str, now: float) -> Session | None:
    """Read the value of a cookie; returns None when it is not ours or has run out."""
    text, _, mac = value.rpartition(".")
    if not hmac.compare_digest(mac.encode(), _mac(secret, name, text).encode()):
        return None
    token, began, renewed = (int(part) for part in text.split("."))
    alive = now < renewed + IDLE_SECONDS and now < began + LONGEST_SECONDS
    return Session(token or None, began, renewed) if alive else None


def due(session: Session, now: float) -> bool:
    """Tell whether a session in use should be renewed."""
    return now >= session.renewed + _RENEW_SECONDS


def seconds_left(session: Session, now: float) -> int:
    """Return how long the browser may keep the cookie."""
    return max(0, int(min(session.renewed + IDLE_SECONDS, session.began + LONGEST_SECONDS) - now))


def _mac(secret: bytes, name: str, text: str) -> str:
    digest = hmac.digest(secret, f"session 1\n{name}\n{text}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def cookie_name(host: str, *, secure: bool) -> str:
    """Return the cookie's name for a `Host`; with `__Host-` browsers take it over TLS only, from this very host.

    The name holds the port, since browsers share cookies between the ports of a host.
    """
    try:
        port = urlsplit(f"//{host}").port
    except ValueError:
        port = None
    return f"{_SECURE if secure else ''}{_NAME}{f'_{port}' if port else ''}"


def cookie(name: str, value: str, seconds: int) -> str:
    """Write the header that sets a cookie for so long; 0 deletes it. No script sees it, no other site sends it."""
    secure = "; Secure" if name.startswith(_SECURE) else ""
    return f"{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax{secure}"


def own_path(text: str | None) -> str:
    """Return where to go after signing in: the path if it is one of our pages, else the first page.

    Two slashes, a slash and a backslash, or these with a tab between (browsers drop it) begin another host.
    """
    if text is None or not _OWN_PATH.fullmatch(text) or text.startswith(_DOORS):
        return "/"
    return text
