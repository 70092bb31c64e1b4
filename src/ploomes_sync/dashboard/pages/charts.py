"""The charts: how the service has done over the last hours or days."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ploomes_sync.api.gate import gate_of, service_of
from ploomes_sync.api.replies import Json
from ploomes_sync.dashboard.render import page, speech_of
from ploomes_sync.dashboard.views import charts as view
from ploomes_sync.service.monitor import Monitor

_FRESH_SECONDS = 10.0
"""For so long one reading of the history serves everybody who looks."""


class _Readings:
    """The history by range as last read from one monitor; whoever asks meanwhile waits for the same reading."""

    def __init__(self, monitor: Monitor, interval: float) -> None:
        self._history = monitor.history
        self._interval = interval
        self._found: dict[str, tuple[float, asyncio.Task[view.Drawn]]] = {}

    async def get(self, span: view.Span) -> view.Drawn:
        """Return the figures of a range, some seconds old at most."""
        now = time.monotonic()
        read_at, task = self._found.get(span.name, (0.0, None))
        failed = task is not None and task.done() and (task.cancelled() or task.exception() is not None)
        if task is None or failed or now - read_at > _FRESH_SECONDS:
            task = asyncio.create_task(self._read(span))
            self._found[span.name] = (now, task)
        return await asyncio.shield(task)

    async def _read(self, span: view.Span) -> view.Drawn:
        now = datetime.now(UTC)
        step = view.step_of(span, self._interval)
        found = await self._history(view.names(), now - timedelta(seconds=span.seconds), step)
        return view.drawn(found, now, self._interval)


_readings: WeakKeyDictionary[Monitor, _Readings] = WeakKeyDictionary()


async def show(request: Request) -> Response:
    """Show all charts over a range; what they show is there as text, too."""
    span = view.span_of(request.query_params.get("range"))
    figures, speech = await _read(request, span), speech_of(request)
    late = view.stale_at(figures, speech.now)
    return await page(
        request,
        "charts.html",
        span=span,
        spans=view.SPANS,
        charts=view.CHARTS,
        told={name: view.told(name, figures.values[name], speech) for name in view.names()},
        measured=figures.measured_at is not None,
        late=None if late is None else datetime.fromtimestamp(late, UTC),
        zone=speech.zone.key,
        off=not gate_of(request.scope).settings.metrics_interval,
    )


async def data(request: Request) -> Response:
    """Give the figures of all charts at once, and what they come to in words."""
    figures, speech = await _read(request, view.span_of(request.query_params.get("range"))), speech_of(request)
    lines: dict[str, Any] = {
        name: {"values": values, "told": _words(view.told(name, values, speech))}
        for name, values in figures.values.items()
    }
    return Json({"start": figures.start, "step": figures.step, "lines": lines})


async def _read(request: Request, span: view.Span) -> view.Drawn:
    monitor = service_of(request.scope).monitor
    readings = _readings.get(monitor)
    if readings is None:
        readings = _readings[monitor] = _Readings(monitor, gate_of(request.scope).settings.metrics_interval)
    return await readings.get(span)


def _words(told: view.Told) -> tuple[str, str, str, str]:
    return told.last, told.least, told.mean, told.most


routes = [Route("/charts", show), Route("/charts/data", data)]
