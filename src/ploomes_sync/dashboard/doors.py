"""The addresses by which somebody comes in and goes out: sign-in, one-time link, sign-out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ploomes_sync.api.gate import gate_of
from ploomes_sync.dashboard.entrance import begun, ended
from ploomes_sync.dashboard.forms import read_form
from ploomes_sync.dashboard.links import Links
from ploomes_sync.dashboard.session import own_path
from ploomes_sync.domain.token import is_plausible
from ploomes_sync.telemetry import Log

log = Log("product-sync:dashboard")


@dataclass(frozen=True, slots=True)
class Faces:
    """What the doors look like.

    `sign_in` shows the form, given where to go then and whether a token has just been refused; `link` shows the
    button of a link that is usable, or says that it is not.
    """

    sign_in: Callable[[Request, str, bool], Response]
    link: Callable[[Request, bool], Response]


def routes(faces: Faces, links: Links) -> list[Route]:
    """Return the routes of all doors."""

    async def show_sign_in(request: Request) -> Response:
        return faces.sign_in(request, own_path(request.query_params.get("next")), False)

    async def sign_in(request: Request) -> Response:
        form = await read_form(request)
        following = own_path(form.get("next"))
        return await _signed_in(request, form.get("token", ""), following) or _with_status(
            faces.sign_in(request, following, True), HTTPStatus.UNAUTHORIZED
        )

    async def show_link(request: Request) -> Response:
        # Opening it does nothing yet: previews and prefetches open addresses, too.
        usable = links.is_usable(request.path_params["secret"])
        return _with_status(faces.link(request, usable), HTTPStatus.OK if usable else HTTPStatus.GONE)

    async def follow_link(request: Request) -> Response:
        known = await gate_of(request.scope).access.known(gate_of(request.scope).service().db)
        if not links.take(request.path_params["secret"]):
            return _with_status(faces.link(request, False), HTTPStatus.GONE)
        log.info("session.began", client="link")
        return begun(request, None, known.secret, "/")

    async def sign_out(request: Request) -> Response:
        return ended(request)

    return [
        Route("/sign-in", show_sign_in, methods=["GET"]),
        Route("/sign-in", sign_in, methods=["POST"]),
        Route("/link/{secret}", show_link, methods=["GET"]),
        Route("/link/{secret}", follow_link, methods=["POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
    ]


async def _signed_in(request: Request, text: str, following: str) -> Response | None:
    """Begin a session for whoever shows a token that counts; None for everybody else."""
    gate, shown = gate_of(request.scope), text.strip()
    db = gate.service().db
    grant = await gate.access.grant(db, shown) if is_plausible(shown) else None
    if grant is None:
        return None
    known = await gate.access.known(db)
    log.info("session.began", client=gate.access.holder(grant).client)
    return begun(request, grant.id, known.secret, following)


def _with_status(response: Response, status: HTTPStatus) -> Response:
    response.status_code = status
    return response
