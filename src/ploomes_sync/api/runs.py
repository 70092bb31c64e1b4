"""A run from outside: how it stands, how it goes on, ending it, and letting its deletions happen; quarantine."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request

from ploomes_sync.api.bodies import ConfirmBody, PageParameters, RetryBody
from ploomes_sync.api.gate import service_of
from ploomes_sync.api.operations import PREFER, answers
from ploomes_sync.api.problems import CONFLICT, ApiError
from ploomes_sync.api.replies import Json
from ploomes_sync.api.syncs import answer, run_address
from ploomes_sync.domain.history import MissingProduct, entry
from ploomes_sync.domain.run import Run, Submission

router = APIRouter(prefix="/api/sync", tags=["runs"])


class MissingPage(msgspec.Struct, frozen=True, kw_only=True):
    """Products that a held deletion would remove, by rising id; `next` is None on the last page."""

    items: list[MissingProduct]
    next: int | None = None


@router.get("/runs/{run_id}", summary="How a run stands", responses=answers("RunEntry", 200, 404, 422))
async def show_run(request: Request, run_id: UUID) -> Json:
    """Tell what was asked, what was planned and why, and what has come of it so far."""
    return _shown(request, await service_of(request.scope).run(run_id), HTTPStatus.OK)


@router.post("/runs/{run_id}/cancel", summary="End a run", responses=answers("RunEntry", 200, 404, 409, 422))
async def cancel_run(request: Request, run_id: UUID) -> Json:
    """End a run; what it has written stays, and the next sync reads the rest."""
    return _shown(request, await service_of(request.scope).cancel(run_id), HTTPStatus.OK)


@router.post(
    "/runs/{run_id}/confirm",
    summary="Let a run delete what it found missing",
    status_code=HTTPStatus.ACCEPTED,
    responses=answers("SyncAnswer", 200, 202, 404, 409, 413, 415, 422),
    openapi_extra={"parameters": [PREFER]},
)
async def confirm_run(request: Request, run_id: UUID, body: ConfirmBody | None = None) -> Json:
    """Queue the run once more: each product is asked for again by id before it is marked deleted.

    Needs the scope admin.
    """
    run = await service_of(request.scope).confirm(run_id, body.allow_deletes if body else None)
    return await answer(request, Submission(run=run))


@router.get(
    "/runs/{run_id}/missing", summary="What a run found missing", responses=answers("MissingPage", 200, 404, 422)
)
async def missing_products(request: Request, run_id: UUID, page: Annotated[PageParameters, Query()]) -> Json:
    """List the products that would be marked deleted once the run is confirmed."""
    found = await service_of(request.scope).missing(run_id, page.after, page.limit)
    more = len(found) == page.limit
    return Json(MissingPage(items=found, next=found[-1].id if more else None))


@router.get(
    "/quarantine", summary="Records that could not be stored", responses=answers("QuarantinePage", 200, 422)
)
async def list_quarantine(request: Request, page: Annotated[PageParameters, Query()]) -> Json:
    """List parked records, oldest first, each with the reason."""
    return Json(await service_of(request.scope).quarantined(limit=page.limit, after=page.after))


@router.post(
    "/quarantine/retry",
    summary="Fetch parked records once more",
    status_code=HTTPStatus.ACCEPTED,
    responses=answers("SyncAnswer", 200, 202, 409, 413, 415, 422),
    openapi_extra={"parameters": [PREFER]},
)
async def retry_quarantine(request: Request, body: RetryBody | None = None) -> Json:
    """Sync the products behind the named records, or behind all; those that can be stored now leave."""
    submission = await service_of(request.scope).retry_quarantine(body.ids if body else None)
    if submission is None:
        raise ApiError(CONFLICT, "Nothing in quarantine can be fetched by id: a full sync meets the rest again.")
    return await answer(request, submission)


def _shown(request: Request, run: Run, status: HTTPStatus) -> Json:
    headers = {"location": run_address(request, run)}
    return Json(entry(run, datetime.now(UTC)), status_code=status, headers=headers)
