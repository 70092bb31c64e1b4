"""The quarantine: what could not be stored, why, and asking for it again."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ploomes_sync.api.gate import service_of
from ploomes_sync.api.problems import NOT_FOUND, ApiError
from ploomes_sync.dashboard.forms import read_form
from ploomes_sync.dashboard.render import fragment, page
from ploomes_sync.dashboard.views import quarantine as view
from ploomes_sync.dashboard.visitor import visitor_of
from ploomes_sync.domain.quarantine import QuarantinedPayload
from ploomes_sync.domain.token import Scope

_ROWS = 50
_MOST_DIGITS = 18


async def show(request: Request) -> Response:
    """Show the reasons and the records, all or those of a reason or a run; the rows alone to htmx."""
    service, query = service_of(request.scope), request.query_params
    reason, run = query.get("reason") or None, _run(query.get("run"))
    found = await service.quarantined(limit=_ROWS, after=_number(query.get("after")), reason=reason, run_id=run)
    rest = {name: value for name, value in (("reason", reason), ("run", run)) if value}
    following = found.next and f"/quarantine?{urlencode(rest | {'after': found.next})}"
    if "hx-request" in request.headers:
        return fragment(request, "quarantine/_rows.html", found=found, following=following)
    groups = await service.quarantine_groups(run)
    return await page(
        request,
        "quarantine.html",
        found=found,
        following=following,
        groups=groups,
        retryable=view.retryable(groups),
        most=view.MOST_ASKED,
        reason=reason,
        run=run,
        said=query.get("said"),
        has_source=service.parts is not None,
    )


async def show_record(request: Request) -> Response:
    """Show one record with its payload."""
    record = await _record(request)
    has_source = service_of(request.scope).parts is not None
    shown = view.payload(record)
    return await page(request, "quarantine/record.html", record=record, payload=shown, has_source=has_source)


async def payload(request: Request) -> Response:
    """Give the payload of a record as it came, as a file."""
    record = await _record(request)
    headers = {"content-disposition": f'attachment; filename="quarantine-{record.id}.txt"'}
    return Response(record.payload, media_type="text/plain; charset=utf-8", headers=headers)


async def retry(request: Request) -> Response:
    """Ask Ploomes again for the product behind one record, those of a reason, or all; goes to the run."""
    visitor_of(request.scope).require(Scope.SYNC)
    form = await read_form(request)
    one, reason = _number(str(form.get("id", ""))), str(form.get("reason", "")) or None
    made = await service_of(request.scope).retry_quarantine([one] if one else None, None if one else reason)
    where = "/quarantine?said=none" if made is None else f"/runs/{made.run.id}"
    return RedirectResponse(where, HTTPStatus.SEE_OTHER)


async def _record(request: Request) -> QuarantinedPayload:
    found = await service_of(request.scope).quarantined_record(_number(request.path_params["id"]))
    if found is None:
        raise ApiError(NOT_FOUND, "This record is not in quarantine (any more).")
    return found


def _number(text: str | None) -> int:
    """Read a number of a record; 0, which no record has, for whatever is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0


def _run(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise ApiError(NOT_FOUND, "There is no run of this id.") from None


routes = [
    Route("/quarantine", show),
    Route("/quarantine/retry", retry, methods=["POST"]),
    Route("/quarantine/{id}", show_record),
    Route("/quarantine/{id}/payload", payload),
]
