"""What changed in the catalogue, by product and by time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from ploomes_sync.api.bodies import ChangeParameters, CursorParameters, invalid
from ploomes_sync.api.gate import service_of
from ploomes_sync.api.operations import IF_NONE_MATCH, answers
from ploomes_sync.api.problems import NOT_FOUND, ApiError
from ploomes_sync.api.reads import HISTORY, PRODUCTS
from ploomes_sync.api.replies import Tagged
from ploomes_sync.cache.answer import fresh

router = APIRouter(prefix="/api/sync", tags=["catalogue"])
_TAGGED = {"parameters": [IF_NONE_MATCH]}


@router.get(
    f"{PRODUCTS.removeprefix('/api/sync')}/{{id:path}}{HISTORY}",
    summary="What changed in a product",
    responses=answers("ChangePage", 200, 304, 404, 422),
    openapi_extra=_TAGGED,
)
async def product_history(
    request: Request, key: Annotated[str, Path(alias="id")], page: Annotated[CursorParameters, Query()]
) -> Tagged:
    """List what changed in a product, by id or by code, newest first, with the values before and after."""
    try:
        found = await service_of(request.scope).history(key, limit=page.limit, cursor=page.cursor)
    except ValueError as error:
        raise invalid("query.cursor", str(error)) from None
    if found is None:
        raise ApiError(NOT_FOUND, "There is no product of this id or code.")
    return Tagged(fresh(found))


@router.get(
    "/changes",
    summary="What changed in all products",
    responses=answers("ChangePage", 200, 304, 422),
    openapi_extra=_TAGGED,
)
async def changes(request: Request, wanted: Annotated[ChangeParameters, Query()]) -> Tagged:
    """List what changed, newest first; with `since` oldest first: ask again with `next` and miss nothing."""
    try:
        found = await service_of(request.scope).changes(
            since=wanted.since,
            columns=wanted.names(),
            run_id=wanted.run_id,
            limit=wanted.limit,
            cursor=wanted.cursor,
        )
    except ValueError as error:
        raise invalid("query", str(error)) from None
    return Tagged(fresh(found))
