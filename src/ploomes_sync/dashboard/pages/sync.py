"""Asking for a sync: the form, what the sync would be like, and the start."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ploomes_sync.api.gate import gate_of, service_of
from ploomes_sync.dashboard.forms import read_form
from ploomes_sync.dashboard.render import fragment, page, speech_of
from ploomes_sync.dashboard.views import sync as view
from ploomes_sync.dashboard.visitor import visitor_of
from ploomes_sync.domain.run import PlanPreview, SyncRequest
from ploomes_sync.domain.token import Scope
from ploomes_sync.errors import SyncError
from ploomes_sync.service.app import PloomesSync
from ploomes_sync.telemetry import Log

log = Log("product-sync:dashboard")
_PATIENCE = 8.0
"""Seconds that a page waits for the preview; Ploomes may be asked to wait longer than that."""
_KEPT = 15.0
"""Seconds for which a preview serves whoever makes the same choices."""
_MOST = 50


@dataclass
class Previews:
    """The previews of the last seconds, and those on their way: equal choices ask Ploomes once."""

    made: dict[SyncRequest, tuple[float, asyncio.Task[PlanPreview]]] = field(default_factory=dict)

    async def get(self, service: PloomesSync, request: SyncRequest) -> PlanPreview:
        """Return the preview; raises TimeoutError when it takes too long, and goes on with it."""
        now = time.monotonic()
        for asked in [asked for asked, (at, task) in self.made.items() if task.done() and now - at > _KEPT]:
            del self.made[asked]
        found = self.made.get(request)
        if found is None:
            if len(self.made) >= _MOST:
                raise TimeoutError
            found = self.made[request] = (now, asyncio.create_task(service.plan(request)))
            found[1].add_done_callback(_noticed)
        _, task = found
        async with asyncio.timeout(_PATIENCE):
            try:
                return await asyncio.shield(task)
            except SyncError:
                self.made.pop(request, None)
                raise


def _noticed(task: asyncio.Task[PlanPreview]) -> None:
    """Take note of how a preview ended that nobody waited for."""
    if not task.cancelled():
        task.exception()


async def show(request: Request) -> Response:
    """Show the form as the address fills it in; `preview` shows what it would do, for browsers without scripts."""
    asked = _asked(request, request.query_params)
    wanted = "preview" in request.query_params
    return await _form(request, await _plan(request, asked) if wanted else _unplanned(asked))


async def preview(request: Request) -> Response:
    """Show what the sync would be like; the form asks for it as its choices change."""
    visitor_of(request.scope).require(Scope.SYNC)
    return fragment(request, "sync/_plan.html", **await _plan(request, _asked(request, request.query_params)))


async def start(request: Request) -> Response:
    """Ask for the sync and go to its run; the same form makes one run, however often it is sent."""
    visitor_of(request.scope).require(Scope.SYNC)
    form = await read_form(request)
    asked = _asked(request, form)
    if asked.faults:
        return await _form(request, _unplanned(asked), HTTPStatus.UNPROCESSABLE_ENTITY)
    key = view.key_of(form.get("key"), asked.request)
    submission = await service_of(request.scope).submit(asked.request, idempotency_key=key)
    note = "?joined=1" if submission.joined else ""
    return RedirectResponse(f"/runs/{submission.run.id}{note}", HTTPStatus.SEE_OTHER)


def _asked(request: Request, fields: view.Fields) -> view.Asked:
    gate = gate_of(request.scope)
    return view.asked(fields, gate.segments, refuse_excess=gate.settings.real_time_excess == "refuse")


async def _form(request: Request, shown: dict[str, Any], code: int = HTTPStatus.OK) -> Response:
    segments = gate_of(request.scope).segments
    return await page(request, "sync.html", code=code, segments=segments, key=uuid4().hex, **shown)


def _unplanned(asked: view.Asked) -> dict[str, Any]:
    """Return what the form and the preview show before the plan is known."""
    return {"asked": asked, "plan": None, "trouble": None, "running": 0, "faulty": bool(asked.faults)}


async def _plan(request: Request, asked: view.Asked) -> dict[str, Any]:
    """Return what is known of the sync: the plan, or why there is none."""
    shown = _unplanned(asked)
    if asked.faults or not visitor_of(request.scope).may(Scope.SYNC):
        return shown
    service, speech = service_of(request.scope), speech_of(request)
    previews: Previews = request.app.state.previews
    shown["running"] = len((await service.status()).running)
    try:
        shown["plan"] = await previews.get(service, asked.request)
    except TimeoutError:
        shown["trouble"] = speech.t("plan.slow")
    except SyncError as error:
        log.info("preview.refused", error=str(error))
        shown["trouble"] = speech.say(str(error))
    return shown


routes = [
    Route("/sync", show, methods=["GET"]),
    Route("/sync", start, methods=["POST"]),
    Route("/sync/plan", preview),
]
