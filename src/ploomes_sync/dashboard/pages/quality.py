"""The quality of data: how many products have which fault, and which ones, as a page or as a file."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ploomes_sync.api.gate import extend, service_of
from ploomes_sync.api.problems import NOT_FOUND, ApiError
from ploomes_sync.api.quality import EXPORT_SECONDS
from ploomes_sync.dashboard.render import fragment, page, speech_of
from ploomes_sync.dashboard.views import quality as view
from ploomes_sync.domain.quality import Check
from ploomes_sync.service.exports import MEDIA_TYPES, ExportFormat, Lang

_ROWS = 50


async def show(request: Request) -> Response:
    """Show the checks."""
    service = service_of(request.scope)
    checks = view.rows(await service.quality())
    return await page(request, "quality.html", checks=checks, products=(await service.totals()).products)


async def show_list(request: Request) -> Response:
    """Show the products with a fault; the rows alone to htmx."""
    key, service = _check(request), service_of(request.scope)
    try:
        found = await service.quality_list(key, limit=_ROWS, cursor=request.query_params.get("cursor"))
    except ValueError as error:
        raise ApiError(NOT_FOUND, f"{error}.") from None
    following = found.next and f"/quality/{key.value}?{urlencode({'cursor': found.next})}"
    shown: dict[str, Any] = {"found": found, "following": following, "key": key}
    if "hx-request" in request.headers:
        return fragment(request, "quality/_rows.html", **shown)
    check = next(one for one in view.rows(await service.quality()) if one.key is key)
    return await page(request, "quality/list.html", check=check, **shown)


async def download(request: Request) -> Response:
    """Give all products with a fault as a file, in the reader's language."""
    key, sort = _check(request), request.path_params["sort"]
    if sort not in set(ExportFormat):
        raise ApiError(NOT_FOUND, "There is no file of this sort.")
    wanted = ExportFormat(sort)
    extend(request.scope, EXPORT_SECONDS)
    return StreamingResponse(
        service_of(request.scope).quality_export(key, wanted, Lang(speech_of(request).language)),
        media_type=MEDIA_TYPES[wanted],
        headers={"content-disposition": f'attachment; filename="{key.value}.{wanted.value}"'},
    )


def _check(request: Request) -> Check:
    found = view.find(request.path_params["key"])
    if found is None:
        raise ApiError(NOT_FOUND, "There is no such check.")
    return found


routes = [
    Route("/quality", show),
    Route("/quality/{key}.{sort}", download),
    Route("/quality/{key}", show_list),
]
