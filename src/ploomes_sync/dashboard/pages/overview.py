"""The overview: is the catalogue fresh, complete and healthy, and what waits for a person."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ploomes_sync.api.gate import gate_of, service_of
from ploomes_sync.dashboard.render import fragment, page, speech_of
from ploomes_sync.dashboard.views import overview as view

_SHOWN_RUNS = 8


async def show(request: Request) -> Response:
    """Show the whole page."""
    return await page(request, "overview.html", **await _context(request))


async def refreshed(request: Request) -> Response:
    """Show what changes by itself; the page asks for it every few seconds."""
    return fragment(request, "overview/_now.html", **await _context(request))


async def _context(request: Request) -> dict[str, Any]:
    service, speech = service_of(request.scope), speech_of(request)
    status, health = await service.status(), await service.health()
    return {
        "status": status,
        "verdict": view.verdict(status, health, speech),
        "tones": view.questions(health),
        "tone_of": {name: view.part_tone(health, name) for name in ("ploomes", "postgres", "worker")},
        "totals": view.totals(status, gate_of(request.scope).segments, speech),
        "runs": status.runs[:_SHOWN_RUNS],
    }


routes = [Route("/", show), Route("/overview/now", refreshed)]
