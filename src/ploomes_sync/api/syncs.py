"""Asking for a sync: queued and answered at once, waited for when the caller prefers, previewed on request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus

import msgspec
from fastapi import APIRouter, Request

from ploomes_sync.api.bodies import FullBody, RealTimeBody, SegmentBody, SyncBody, check_segments, invalid
from ploomes_sync.api.gate import extend, gate_of, service_of, step_aside
from ploomes_sync.api.operations import IDEMPOTENCY_KEY, PREFER, answers
from ploomes_sync.api.replies import Json
from ploomes_sync.domain.history import RunEntry, entry
from ploomes_sync.domain.run import OPEN_STATUSES, Run, Strategy, Submission, SyncRequest
from ploomes_sync.domain.strategy import REAL_TIME_IDS

PRODUCTS = "/api/sync/products"
LONGEST_WAIT = 120
PREVIEW_SECONDS = 570
_LONGEST_KEY = 255
_PARAMETERS = {"parameters": [PREFER, IDEMPOTENCY_KEY]}
_SYNC_ANSWERS = answers("SyncAnswer", 200, 202, 409, 413, 415, 422, 502)


class SyncAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The run that does what was asked.

    `created`: it was made for this; `joined`: it was under way already; neither: the idempotency key was known.
    With `dry_run` nothing was written, and the run tells what would change.
    """

    run: RunEntry
    created: bool = False
    joined: bool = False
    dry_run: bool = False


def sync_router(segments: Iterable[str]) -> APIRouter:
    """Return the addresses that ask for a sync, one for each segment of the profile among them."""
    router = APIRouter(prefix=PRODUCTS, tags=["sync"])
    add = partial(
        router.add_api_route,
        methods=["POST"],
        status_code=HTTPStatus.ACCEPTED,
        response_model=None,
        responses=_SYNC_ANSWERS,
        openapi_extra=_PARAMETERS,
    )
    add("", choose, summary="Sync, and choose how", operation_id="sync")
    add("/full", full, summary="Read everything", operation_id="syncFull")
    add("/incremental", incremental, summary="Read what changed", operation_id="syncIncremental")
    add("/real-time", real_time, summary="Read single products at once", operation_id="syncRealTime")
    for segment in segments:
        named = f"sync_{segment}"
        add(f"/{segment}", _of_segment(segment), summary=f"Sync the segment {segment}", operation_id=named)
    return router


async def choose(request: Request, body: SyncBody | None = None) -> Json:
    """Choose the cheapest way that misses nothing, unless the body names one; the run tells the reason."""
    given = body or SyncBody()
    return await _ask(request, given, given.request(segments=_segments(request, given)))


async def full(request: Request, body: FullBody | None = None) -> Json:
    """Read everything, or everything in some categories; only this proves that a product is gone."""
    given = body or FullBody()
    return await _ask(request, given, given.request(strategy=Strategy.BATCH, segments=_segments(request, given)))


async def incremental(request: Request, body: SyncBody | None = None) -> Json:
    """Read what changed since the last sync; everything, if there was none."""
    given = body or SyncBody()
    wanted = given.request(strategy=Strategy.INCREMENTAL, segments=_segments(request, given))
    return await _ask(request, given, wanted)


async def real_time(request: Request, body: RealTimeBody) -> Json:
    """Read the named products at once, ahead of other requests."""
    return await _ask(request, body, body.request(strategy=Strategy.REAL_TIME))


def _of_segment(segment: str) -> Callable[..., Awaitable[Json]]:
    async def sync_segment(request: Request, body: SegmentBody | None = None) -> Json:
        """Read the products of this segment."""
        given = body or SegmentBody()
        return await _ask(request, given, given.request(segments=(segment,)))

    return sync_segment


def _segments(request: Request, body: FullBody) -> tuple[str, ...]:
    return check_segments(body.categories, gate_of(request.scope).segments)


async def _ask(request: Request, body: SegmentBody, wanted: SyncRequest) -> Json:
    _check_real_time(request, wanted)
    return await (_preview(request, wanted) if body.dry_run else _start(request, wanted))


def _check_real_time(request: Request, wanted: SyncRequest) -> None:
    settings = gate_of(request.scope).settings
    too_many = wanted.strategy is Strategy.REAL_TIME and len(wanted.ids) > REAL_TIME_IDS
    if wanted.strategy is Strategy.REAL_TIME and not wanted.ids:
        raise invalid("body.productIds", "a real-time sync needs the ids of products")
    if too_many and settings.real_time_excess == "refuse":
        raise invalid("body.productIds", f"a real-time sync takes at most {REAL_TIME_IDS} products here")


async def _preview(request: Request, wanted: SyncRequest) -> Json:
    """Tell what would change; Ploomes is read at the pace of its budget, which takes its time."""
    extend(request.scope, PREVIEW_SECONDS)
    step_aside(request.scope)
    run = await service_of(request.scope).preview(wanted)
    return Json(SyncAnswer(run=entry(run, datetime.now(UTC)), dry_run=True))


async def _start(request: Request, wanted: SyncRequest) -> Json:
    submission = await service_of(request.scope).submit(wanted, idempotency_key=idempotency_key(request.headers))
    return await answer(request, submission)


async def answer(request: Request, submission: Submission) -> Json:
    """Answer 202 with the run; or wait for it as the caller prefers, and answer 200 once it has ended."""
    run, headers = submission.run, {"location": run_address(request, submission.run)}
    if seconds := preferred_wait(request.headers.getlist("prefer")):
        run = await _waited(request, run, seconds)
        headers["preference-applied"] = f"wait={seconds}"
    open_still = run.status in OPEN_STATUSES
    document = SyncAnswer(run=entry(run, datetime.now(UTC)), created=submission.created, joined=submission.joined)
    status = HTTPStatus.ACCEPTED if open_still else HTTPStatus.OK
    if open_still:
        headers["retry-after"] = "1"
    return Json(document, status_code=status, headers=headers)


async def _waited(request: Request, run: Run, seconds: int) -> Run:
    """Wait for the end of the run, of the time or of the service, whichever comes first."""
    extend(request.scope, seconds)
    step_aside(request.scope)
    service, stopping = service_of(request.scope), gate_of(request.scope).stopping
    tasks = {
        asyncio.create_task(service.wait(run.id, seconds)),
        asyncio.create_task(stopping.wait()),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
    return await service.run(run.id)


def run_address(request: Request, run: Run) -> str:
    """Return where the run is found, below wherever this is mounted."""
    return f"{request.scope.get('root_path', '')}/api/sync/runs/{run.id}"


def preferred_wait(prefer: Iterable[str]) -> int:
    """Return how many seconds the caller is ready to wait (RFC 7240), at most two minutes; 0 when it is not."""
    for preference in (part for header in prefer for part in header.split(",")):
        name, _, value = preference.partition(";")[0].partition("=")
        text = value.strip().strip('"')
        if name.strip().lower() == "wait" and text.isascii() and text.isdigit():
            return min(int(text[:9]), LONGEST_WAIT)
    return 0


def idempotency_key(headers: Mapping[str, str]) -> str | None:
    """Return the caller's key of this request, if it sent one."""
    key = headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise invalid("header.Idempotency-Key", f"must be 1 to {_LONGEST_KEY} printable ASCII characters")
    return key
