"""Whether a request comes from our own pages, and whether the browser speaks TLS (pure)."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Scope

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_own(method: str, headers: Headers) -> bool:
    """Tell whether a request may be served: not when another site made the browser send it.

    What changes something must come from our own pages: by `Sec-Fetch-Site`, which no script can set and no proxy
    changes, or, where the browser does not send it (plain HTTP, old browsers), by an `Origin` that is the `Host`.
    With neither it is refused: every browser sends one of them with a POST. Reading is refused to pages of other
    sites, too, but not to somebody who follows a link. No token in the forms is needed beside this and SameSite:
    OWASP, "Cross-Site Request Forgery Prevention", Fetch Metadata headers with a fallback on Origin;
    web.dev, "Protect your resources from web attacks with Fetch Metadata".
    """
    site = headers.get("sec-fetch-site")
    if method in SAFE_METHODS:
        follows = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
        return site not in ("cross-site", "same-site") or follows
    if site is not None:
        return site == "same-origin"
    host, origin = headers.get("host", ""), headers.get("origin", "")
    return bool(host) and origin.partition("://")[2].lower() == host.lower()


def by_tls(scope: Scope, headers: Headers) -> bool:
    """Tell whether the browser says, or a proxy before us, that it speaks TLS.

    Anybody may send these headers; they only make the cookie stricter for whoever sends them.
    """
    schemes = (
        scope.get("scheme", ""),
        headers.get("origin", "").partition("://")[0].lower(),
        headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower(),
    )
    return "https" in schemes
