"""A run as a stream of server-sent events: its log lines and its progress, until it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

from fastapi import APIRouter, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from ploomes_sync.api.bodies import invalid
from ploomes_sync.api.gate import Gate, extend, gate_of, principal_of, service_of, step_aside
from ploomes_sync.api.operations import LAST_EVENT_ID, answers
from ploomes_sync.api.problems import RATE_LIMITED, ApiError
from ploomes_sync.cache.answer import encoder
from ploomes_sync.domain.history import RunEvent

HEARTBEAT_SECONDS = 15
RETRY_MS = 2000
_MAX_BIGINT = (1 << 63) - 1
router = APIRouter(prefix="/api/sync", tags=["runs"])


@router.get(
    "/runs/{run_id}/events",
    summary="A run as it goes on",
    response_class=EventSourceResponse,
    responses=answers("events", 200, 404, 422, 429),
    openapi_extra={"parameters": [LAST_EVENT_ID]},
)
async def run_events(request: Request, run_id: UUID) -> EventSourceResponse:
    """Stream what the run logs and how far it is; `Last-Event-ID` resumes, and `ended` is the last event."""
    gate, client = gate_of(request.scope), principal_of(request.scope).client
    after = _last_id(request.headers.get("last-event-id"))
    await service_of(request.scope).run(run_id)
    if not gate.streams.open(client):
        most = gate.settings.http_streams
        raise ApiError(RATE_LIMITED, f"{most} streams of events are open already: close one.", retry_after=5)
    extend(request.scope, None)
    step_aside(request.scope)
    return EventSourceResponse(
        _told(gate, client, run_id, after), ping=HEARTBEAT_SECONDS, sep="\n", send_timeout=30
    )


async def _told(gate: Gate, client: str, run_id: UUID, after: int) -> AsyncIterator[ServerSentEvent]:
    """Tell the events until the run, the service or the caller's patience ends."""
    stopping = asyncio.create_task(gate.stopping.wait())
    events = gate.service().watch(run_id, after)
    try:
        while (event := await _next(events, stopping)) is not None:
            yield ServerSentEvent(
                data=encoder.encode(event).decode(),
                event=event.event,
                id=str(event.id),
                retry=RETRY_MS,
            )
    finally:
        stopping.cancel()
        gate.streams.close(client)
        with suppress(asyncio.CancelledError):
            await asyncio.gather(stopping, return_exceptions=True)


async def _next(events: AsyncIterator[RunEvent], stopping: asyncio.Task[bool]) -> RunEvent | None:
    """Return the next event; None at the end, or when the service ends."""
    coming = asyncio.ensure_future(anext(events, None))
    try:
        await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return coming.result() if coming.done() else None
    finally:
        if not coming.done():
            coming.cancel()
            await asyncio.wait({coming})


def _last_id(text: str | None) -> int:
    """Read the id of the last event that the caller has seen."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > _MAX_BIGINT:
        raise invalid("header.Last-Event-ID", "must be the id of an event of this run")
    return int(text)
