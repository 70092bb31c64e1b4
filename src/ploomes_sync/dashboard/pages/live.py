"""A run as it goes on: what its page shows first, and the stream of fragments that keeps it so."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ploomes_sync.api.gate import Gate, extend, gate_of, service_of, step_aside
from ploomes_sync.api.problems import RATE_LIMITED, ApiError
from ploomes_sync.dashboard.live import Hub, Picture, picture
from ploomes_sync.dashboard.render import environment, fragment, speech_of
from ploomes_sync.dashboard.speech import Speech
from ploomes_sync.dashboard.views import runs as view
from ploomes_sync.dashboard.visitor import visitor_of
from ploomes_sync.domain.status import SystemStatus
from ploomes_sync.service.app import PloomesSync

_HEARTBEAT_SECONDS = 15
_SEND_SECONDS = 30
_STATUS_SECONDS = 3.0
"""How long the budget and the workers may be shown as they were: a run asks more often than that matters."""


def create_hub(gate: Gate) -> Hub:
    """Return the hub of a process."""
    zone = ZoneInfo(gate.settings.schedule_timezone)

    def watch(run_id: UUID) -> AsyncIterator[Any]:
        return gate.service().watch(run_id)

    def render(language: str, shown: Picture, beside: view.Around) -> str:
        speech = Speech(language, zone)
        template = environment().get_template("runs/_now.html")
        return template.render(s=speech, t=speech.t, **now(shown, beside, speech))

    return Hub(watch, _looker(gate), render, gate.stopping)


def _looker(gate: Gate) -> Callable[[Picture], Awaitable[view.Around]]:
    """Return what looks around a run, and asks how everything stands every few seconds only."""
    told: tuple[float, SystemStatus] | None = None

    async def look(shown: Picture) -> view.Around:
        nonlocal told
        service = gate.service()
        if told is None or time.monotonic() - told[0] > _STATUS_SECONDS:
            told = (time.monotonic(), await service.status())
        return await around(service, told[1], shown)

    return look


async def around(service: PloomesSync, status: SystemStatus, shown: Picture) -> view.Around:
    """Return what is known beside a run."""
    run = shown.run
    reading = run.run_id is not None and view.is_open(run)
    return view.Around(
        budget=status.budget,
        lanes=view.lanes(shown.events, service.settings.concurrent),
        open_parts=await service.open_parts(run.run_id) if reading and run.run_id else 0,
        workers=status.jobs.workers,
    )


async def pictured(service: PloomesSync, run_id: UUID) -> tuple[Picture, view.Around]:
    """Return a run as it stands and what is beside it; raises UnknownRunError when there is none of that id."""
    events: Any = service.watch(run_id)
    async with aclosing(events):
        shown = await picture(events)
    return shown, await around(service, await service.status(), shown)


def now(shown: Picture, beside: view.Around, speech: Speech) -> dict[str, Any]:
    """Return what the fragment of a run shows."""
    run = shown.run
    return {
        "run": run,
        "beside": beside,
        "elapsed": view.elapsed(run, speech),
        "spoken": view.spoken_progress(run, speech),
        "tallies": view.tallies(run, speech),
        "lines": view.timeline(run, shown.events, speech),
        "going": view.is_open(run),
    }


async def refreshed(request: Request) -> Response:
    """Show what changes by itself, once: for a browser whose stream has broken off."""
    shown, beside = await pictured(service_of(request.scope), request.path_params["run_id"])
    return fragment(request, "runs/_now.html", **now(shown, beside, speech_of(request)))


async def live(request: Request) -> EventSourceResponse:
    """Stream the run's fragment whenever it changes, and `ended` at last."""
    gate, run_id = gate_of(request.scope), request.path_params["run_id"]
    client = visitor_of(request.scope).principal.client
    await service_of(request.scope).run(run_id)
    if not gate.streams.open(client):
        most = gate.settings.http_streams
        raise ApiError(RATE_LIMITED, f"{most} streams of events are open already: close one.", retry_after=5)
    extend(request.scope, None)
    step_aside(request.scope)
    hub: Hub = request.app.state.hub
    told = _told(gate, client, hub.follow(run_id, speech_of(request).language))
    return EventSourceResponse(told, ping=_HEARTBEAT_SECONDS, sep="\n", send_timeout=_SEND_SECONDS)


async def _told(gate: Gate, client: str, frames: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass the frames on, and give the client's stream back whichever way it ends."""
    following: Any = frames
    try:
        async with aclosing(following):
            async for frame in following:
                yield frame
    finally:
        gate.streams.close(client)


routes = [
    Route("/runs/{run_id:uuid}/now", refreshed),
    Route("/runs/{run_id:uuid}/live", live),
]
