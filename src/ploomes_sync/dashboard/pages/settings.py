"""Settings: how everything stands, what was set and where, and what webhooks do."""

from __future__ import annotations

import platform
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ploomes_sync.api.gate import gate_of, service_of
from ploomes_sync.bootstrap import load_profile
from ploomes_sync.config import describe
from ploomes_sync.dashboard.render import page
from ploomes_sync.dashboard.views import settings as view
from ploomes_sync.domain.webhook import shown_callback
from ploomes_sync.jobs.schedule import ticks
from ploomes_sync.jobs.tasks import Tasks
from ploomes_sync.service.app import PloomesSync
from ploomes_sync.service.monitor_reading import next_sync
from ploomes_sync.store import webhooks

_DAY = timedelta(hours=24)


async def show(request: Request) -> Response:
    """Show the health, the system and what happens by the clock."""
    service = service_of(request.scope)
    status, health = await service.status(), await service.health()
    return await page(
        request,
        "settings.html",
        status=status,
        health=health,
        schema_tone=view.schema_tone(status),
        dues=_dues(service),
        profile=load_profile(service.settings.profile),
        settings=service.settings,
        segments=gate_of(request.scope).segments,
        python=platform.python_version(),
    )


async def show_values(request: Request) -> Response:
    """Show every setting: its value unless that is a secret, and where it is from."""
    return await page(
        request, "settings/values.html", groups=view.groups(describe(service_of(request.scope).settings))
    )


async def show_webhooks(request: Request) -> Response:
    """Show whether Ploomes tells of changes, what it has told of late, and what waits."""
    service = service_of(request.scope)
    status = await service.status()
    async with service.db.transaction() as conn:
        rows = await webhooks.received_since(conn, datetime.now(UTC) - _DAY)
    tone, advice = view.webhook_advice(status.webhooks)
    return await page(
        request,
        "settings/webhooks.html",
        webhooks=status.webhooks,
        callback=shown_callback(status.webhooks.callback_url) if status.webhooks.callback_url else None,
        received=view.received(rows),
        tone=tone,
        advice=advice,
    )


def _dues(service: PloomesSync) -> list[view.Due]:
    """Return what happens by the clock, and when next."""
    now, zone = datetime.now(UTC), service.settings.schedule_timezone
    return [
        view.Due(tick.task.__name__, tick.cron, next_sync((tick.cron,), zone, now))
        for tick in ticks(Tasks(service), service.settings)
    ]


routes = [
    Route("/settings", show),
    Route("/settings/values", show_values),
    Route("/settings/webhooks", show_webhooks),
]
