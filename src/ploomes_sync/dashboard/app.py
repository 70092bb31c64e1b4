"""The pages of the dashboard: their routes, and the page of a refusal."""

from __future__ import annotations

from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from ploomes_sync.api.gate import Gate
from ploomes_sync.api.problems import ApiError
from ploomes_sync.dashboard import doors
from ploomes_sync.dashboard.entrance import HANDLERS, layers
from ploomes_sync.dashboard.links import Links
from ploomes_sync.dashboard.visitor import visitor_of
from ploomes_sync.domain import token


def create_dashboard(gate: Gate, links: Links) -> Starlette:
    """Return the dashboard as an application that needs no lifespan of its own."""
    return Starlette(
        routes=[
            Route("/", _overview),
            Route("/sync", _sync, methods=["POST"]),
            *doors.routes(doors.Faces(sign_in=_sign_in, link=_link), links),
        ],
        middleware=layers(gate, error_page),
        exception_handlers=HANDLERS,
    )


def error_page(error: ApiError, scope: Scope) -> Response:
    """Write the page of a refusal."""
    number = escape(scope["state"].get("request_id", ""))
    text = f"<h1>{escape(error.kind.title)}</h1><p>{escape(error.detail)}</p><p>{number}</p>"
    return HTMLResponse(text, error.kind.status, error.headers)


async def _overview(request: Request) -> Response:
    visitor = visitor_of(request.scope)
    leave = '<form method="post" action="/sign-out"><button>Sair</button></form>' if visitor.signed_in else ""
    return HTMLResponse(f"<h1>{escape(visitor.principal.name)}</h1><p>{visitor.principal.scope}</p>{leave}")


async def _sync(request: Request) -> Response:
    visitor_of(request.scope).require(token.Scope.SYNC)
    return HTMLResponse("<h1>Sync</h1>")


def _sign_in(_: Request, following: str, refused: bool) -> Response:  # noqa: FBT001 - as the doors call it
    complaint = "<p>Token desconhecido, revogado ou vencido.</p>" if refused else ""
    return HTMLResponse(
        f'{complaint}<form method="post" action="/sign-in"><input type="password" name="token">'
        f'<input type="hidden" name="next" value="{escape(following)}"><button>Entrar</button></form>'
    )


def _link(_: Request, usable: bool) -> Response:  # noqa: FBT001 - as the doors call it
    if usable:
        return HTMLResponse('<form method="post"><button>Entrar</button></form>')
    return HTMLResponse("<p>Este link já foi usado ou venceu: entre com um token.</p>")
