"""Runs: their history, one of them, ending it, asking for it again, and the deletions that wait for a person."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ploomes_sync.api.gate import gate_of, service_of
from ploomes_sync.dashboard.forms import read_form
from ploomes_sync.dashboard.pages.live import now, pictured
from ploomes_sync.dashboard.render import fragment, page, speech_of
from ploomes_sync.dashboard.speech import Speech
from ploomes_sync.dashboard.views import history
from ploomes_sync.dashboard.views import runs as view
from ploomes_sync.dashboard.views.sync import key_of
from ploomes_sync.dashboard.visitor import visitor_of
from ploomes_sync.domain.history import RunEntry, entry
from ploomes_sync.domain.run import RunStatus
from ploomes_sync.domain.token import Scope
from ploomes_sync.service.app import PloomesSync

_MISSING = 100


async def show_all(request: Request) -> Response:
    """Show the history, and above it what is under way or waits; a browser that has a page gets the next rows."""
    gate, service = gate_of(request.scope), service_of(request.scope)
    asked = history.asked(request.query_params, gate.segments, ZoneInfo(gate.settings.schedule_timezone))
    found = await service.logs(asked.query)
    more = asked.following(found.next) if found.next else None
    if asked.query.after is not None and "hx-request" in request.headers:
        return fragment(request, "runs/_rows.html", runs=found.items, more=more)
    first = asked.query.after is None and not asked.filtered
    ahead = await _ahead(service) if first else []
    above = {run.run_id for run in ahead}
    return await page(
        request,
        "runs.html",
        asked=asked,
        ahead=ahead,
        runs=[run for run in found.items if run.run_id not in above],
        more=more,
        segments=gate.segments,
    )


async def _ahead(service: PloomesSync) -> list[RunEntry]:
    """Return the runs that are under way, and those that wait for a person."""
    status = await service.status()
    known = {run.run_id: run for run in status.runs}
    return [known[held.run_id] for held in status.waiting if held.run_id in known] + list(status.running)


async def show(request: Request) -> Response:
    """Show one run: live while it goes on, with all that came of it when it has ended."""
    return await _shown(request)


async def _shown(request: Request, *, code: int = HTTPStatus.OK, disagreed: bool = False) -> Response:
    service, speech = service_of(request.scope), speech_of(request)
    run_id: UUID = request.path_params["run_id"]
    shown, beside = await pictured(service, run_id)
    return await page(
        request,
        "run.html",
        code=code,
        disagreed=disagreed,
        joined="joined" in request.query_params,
        title=view.title(shown.run, speech),
        scope=view.scope(shown.run.segments, shown.run.ids, speech),
        advice=view.advice(shown.run, speech),
        key=uuid4().hex,
        **now(shown, beside, speech),
        **await _story(service, run_id, speech),
    )


async def _story(service: PloomesSync, run_id: UUID, speech: Speech) -> dict[str, Any]:
    """Return what a run did to the catalogue."""
    detail = await service.run_detail(run_id)
    return {
        "kinds": view.kinds(detail, speech),
        "columns": view.columns(detail, speech),
        "rejected": detail.rejected,
        "request_of": (await service.run(run_id)).request,
    }


async def missing(request: Request) -> Response:
    """List the products that a held deletion would remove."""
    service, run_id = service_of(request.scope), request.path_params["run_id"]
    run = await _entry(service, run_id)
    after = request.query_params.get("after", "")
    found = await service.missing(run_id, view.place(after), _MISSING + 1)
    more = f"/runs/{run_id}/missing?after={found[_MISSING - 1].id}" if len(found) > _MISSING else None
    context: dict[str, Any] = {"run": run, "products": found[:_MISSING], "more": more}
    if after and "hx-request" in request.headers:
        return fragment(request, "runs/_missing.html", **context)
    return await page(
        request, "missing.html", **context, disagreed=False, title=view.title(run, speech_of(request))
    )


async def ask_to_cancel(request: Request) -> Response:
    """Ask whether the run shall end; for browsers without scripts."""
    run = await _entry(service_of(request.scope), request.path_params["run_id"])
    return await page(request, "cancel.html", run=run, title=view.title(run, speech_of(request)))


async def cancel(request: Request) -> Response:
    """End the run."""
    visitor_of(request.scope).require(Scope.SYNC)
    run_id: UUID = request.path_params["run_id"]
    await service_of(request.scope).cancel(run_id)
    return _to(run_id)


async def again(request: Request) -> Response:
    """Ask once more for what the run was asked for."""
    visitor_of(request.scope).require(Scope.SYNC)
    service, form = service_of(request.scope), await read_form(request)
    wanted = view.again((await service.run(request.path_params["run_id"])).request)
    submission = await service.submit(wanted, idempotency_key=key_of(str(form.get("key", "")), wanted))
    return _to(submission.run.id, joined=submission.joined)


async def confirm(request: Request) -> Response:
    """Let the run delete what it found missing, if the visitor has agreed to that very number."""
    visitor_of(request.scope).require(Scope.ADMIN)
    service, run_id = service_of(request.scope), request.path_params["run_id"]
    form, run = await read_form(request), await service.run(run_id)
    waits = run.status is RunStatus.NEEDS_CONFIRMATION
    if waits and form.get("agreed") != str(run.missing):
        return await _shown(request, code=HTTPStatus.UNPROCESSABLE_ENTITY, disagreed=True)
    await service.confirm(run_id, run.missing + run.outcome.deleted)
    return _to(run_id)


async def _entry(service: PloomesSync, run_id: UUID) -> RunEntry:
    return entry(await service.run(run_id), datetime.now(UTC))


def _to(run_id: UUID, *, joined: bool = False) -> Response:
    return RedirectResponse(f"/runs/{run_id}{'?joined=1' if joined else ''}", HTTPStatus.SEE_OTHER)


routes = [
    Route("/runs", show_all),
    Route("/runs/{run_id:uuid}", show),
    Route("/runs/{run_id:uuid}/missing", missing),
    Route("/runs/{run_id:uuid}/cancel", ask_to_cancel, methods=["GET"]),
    Route("/runs/{run_id:uuid}/cancel", cancel, methods=["POST"]),
    Route("/runs/{run_id:uuid}/again", again, methods=["POST"]),
    Route("/runs/{run_id:uuid}/confirm", confirm, methods=["POST"]),
]
