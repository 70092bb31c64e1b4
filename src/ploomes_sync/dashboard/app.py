"""The pages put together: routes, files, and the pages that tell of refusals."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from ploomes_sync.api.gate import Gate
from ploomes_sync.api.problems import ApiError
from ploomes_sync.dashboard import assets, doors
from ploomes_sync.dashboard.entrance import HANDLERS, layers
from ploomes_sync.dashboard.forms import read_form
from ploomes_sync.dashboard.links import Links
from ploomes_sync.dashboard.pages import (
    access,
    changes,
    charts,
    live,
    overview,
    product,
    products,
    quality,
    quarantine,
    runs,
    settings,
    sync,
)
from ploomes_sync.dashboard.render import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, fragment
from ploomes_sync.dashboard.speech import LANGUAGES

_YEAR = 365 * 86_400
PAGES = (overview, quarantine, quality, charts, live, runs, sync, products, product, changes, settings, access)


def create_dashboard(gate: Gate, links: Links) -> Starlette:
    """Return the dashboard; raises SettingsError when its browser libraries are missing."""
    own = [assets.load().route(), Route("/preferences", _prefer, methods=["POST"])]
    pages = [route for one in PAGES for route in one.routes]
    dashboard = Starlette(
        routes=[*pages, *doors.routes(doors.Faces(sign_in=_sign_in, link=_link), links), *own],
        middleware=layers(gate, error_page),
        exception_handlers=HANDLERS,
    )
    dashboard.state.hub = live.create_hub(gate)
    dashboard.state.previews = sync.Previews()
    return dashboard


def error_page(error: ApiError, scope: Scope) -> Response:
    """Tell a person what was refused and what to do next; a fragment gets one line."""
    request = Request(scope)
    status = int(error.kind.status)
    known = status if status in (401, 403, 404, 429, 503) else "other"
    template = "error/_line.html" if "hx-request" in request.headers else "error.html"
    return fragment(
        request,
        template,
        code=status,
        headers=dict(error.headers or {}),
        known=known,
        detail=error.detail,
        number=status,
        request_id=scope["state"].get("request_id", ""),
        retry=status == HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _sign_in(request: Request, following: str, refused: bool) -> Response:  # noqa: FBT001 - as the doors call it
    return fragment(request, "sign_in.html", next=following, refused=refused)


def _link(request: Request, usable: bool) -> Response:  # noqa: FBT001 - as the doors call it
    return fragment(request, "link.html", usable=usable)


async def _prefer(request: Request) -> Response:
    """Keep the reader's language and theme in cookies and go back to where the reader was."""
    form = await read_form(request)
    answer = RedirectResponse(_back(request), status_code=HTTPStatus.SEE_OTHER)
    for cookie, offered in ((LANGUAGE_COOKIE, LANGUAGES), (THEME_COOKIE, THEMES)):
        chosen = form.get(cookie)
        if chosen in offered:
            answer.set_cookie(cookie, str(chosen), max_age=_YEAR, samesite="lax", httponly=True)
    return answer


def _back(request: Request) -> str:
    """Return the path of the page that sent the form."""
    came = urlsplit(request.headers.get("referer", ""))
    path = came.path or "/"
    if not path.startswith("/") or path.startswith("//"):
        return "/"
    return f"{path}?{came.query}" if came.query else path
