"""Style, script and font as few files with names that tell their content: a browser keeps them for a year."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ploomes_sync.errors import SettingsError

PREFIX = "/assets/"
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "woff2": "font/woff2",
    "svg": "image/svg+xml",
}
_STATIC = files("ploomes_sync.dashboard") / "static"
BUNDLES: dict[str, tuple[str, ...]] = {
    "app.css": ("vendor/uplot.min.css", "css/*"),
    "app.js": ("vendor/htmx.min.js", "js/*"),
    "charts.js": ("vendor/uplot.min.js", "charts/*"),
    "inter.woff2": ("vendor/inter.woff2",),
    "icon.svg": ("icon.svg",),
}
"""What is served, and of which files it is made, in this order."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served; `packed` is its gzip, None where that saves nothing."""

    media_type: str
    body: bytes
    packed: bytes | None


@dataclass(frozen=True, slots=True)
class Assets:
    """The files by the names that they are served by, and those by the names that templates use."""

    served: dict[str, Asset]
    names: dict[str, str]

    def url(self, name: str) -> str:
        """Return where a file is found; raises KeyError when there is none of that name."""
        return PREFIX + self.names[name]

    async def serve(self, request: Request) -> Response:
        """Answer with a file, for ever the same under its name."""
        asset = self.served.get(request.path_params["name"])
        if asset is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        headers = {"cache-control": _FOREVER, "vary": "Accept-Encoding"}
        if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                asset.packed, headers={**headers, "content-encoding": "gzip"}, media_type=asset.media_type
            )
        return Response(asset.body, headers=headers, media_type=asset.media_type)

    def route(self) -> Route:
        """Return the route of all files."""
        return Route(PREFIX + "{name}", self.serve, name="assets")


@lru_cache(maxsize=1)
def load() -> Assets:
    """Read, join and compress all files once; raises SettingsError when the browser libraries are not there."""
    served: dict[str, Asset] = {}
    names: dict[str, str] = {}
    for name in sorted(BUNDLES, key=lambda one: one.endswith(".css")):
        stem, _, kind = name.rpartition(".")
        body = b"\n".join(_read(part) for part in BUNDLES[name])
        if kind == "css":
            for other, address in names.items():
                body = body.replace(f"asset:{other}".encode(), (PREFIX + address).encode())
        names[name] = f"{stem}.{hashlib.sha256(body).hexdigest()[:10]}.{kind}"
        packed = None if kind == "woff2" else gzip.compress(body, 9, mtime=0)
        served[names[name]] = Asset(_TYPES[kind], body, packed)
    return Assets(served, names)


def _read(part: str) -> bytes:
    if part.endswith("/*"):
        folder = _STATIC / part[:-2]
        return b"\n".join(one.read_bytes() for one in sorted(folder.iterdir(), key=lambda one: one.name))
    found: Traversable = _STATIC / part
    if not found.is_file():
        raise SettingsError(
            f"The dashboard's file {part} is missing: run `make setup` in a checkout, or install it anew."
        )
    return found.read_bytes()
