"""What is wrong with the catalogue: how many products have which fault, and which ones, as pages or as a file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from ploomes_sync.api.bodies import FaultParameters, invalid
from ploomes_sync.api.gate import extend, service_of
from ploomes_sync.api.operations import IF_NONE_MATCH, answers
from ploomes_sync.api.replies import Json, Tagged
from ploomes_sync.domain.quality import Check
from ploomes_sync.service.exports import MEDIA_TYPES, ExportFormat, Lang

EXPORT_SECONDS = 570
router = APIRouter(prefix="/api/sync", tags=["catalogue"])
_LISTED = answers("QualityPage", 200, 422)
_LISTED[200]["content"] |= {media: {"schema": {"type": "string"}} for media in MEDIA_TYPES.values()}


@router.get(
    "/quality",
    summary="How many products have which fault",
    responses=answers("QualityReport", 200, 304),
    openapi_extra={"parameters": [IF_NONE_MATCH]},
)
async def quality(request: Request) -> Tagged:
    """Count the faults of the products that are active and not deleted."""
    return Tagged(await service_of(request.scope).catalogue.quality())


@router.get("/quality/{key}", summary="Which products have a fault", responses=_LISTED)
async def faulty(request: Request, key: Check, wanted: Annotated[FaultParameters, Query()]) -> Response:
    """List the products with a fault; as a file, all of them."""
    sort = _format(wanted, request.headers.get("accept", ""))
    if sort is not None:
        return _file(request, key, sort, wanted.lang)
    try:
        found = await service_of(request.scope).quality_list(key, limit=wanted.limit, cursor=wanted.cursor)
    except ValueError as error:
        raise invalid("query.cursor", str(error)) from None
    return Json(found)


def _format(wanted: FaultParameters, accept: str) -> ExportFormat | None:
    if wanted.format is not None:
        return None if wanted.format == "json" else ExportFormat(wanted.format)
    return next((sort for sort, media in MEDIA_TYPES.items() if media in accept), None)


def _file(request: Request, key: Check, sort: ExportFormat, lang: Lang) -> Response:
    """Stream the whole list; it keeps its place among the requests under way, so that only so many are written."""
    extend(request.scope, EXPORT_SECONDS)
    return StreamingResponse(
        service_of(request.scope).quality_export(key, sort, lang),
        media_type=MEDIA_TYPES[sort],
        headers={"content-disposition": f'attachment; filename="{key.value}.{sort.value}"'},
    )
