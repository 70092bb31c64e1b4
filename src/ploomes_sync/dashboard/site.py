"""One application for a process: the HTTP API at its addresses, the dashboard everywhere else."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from ploomes_sync.api import create_api
from ploomes_sync.config import Settings
from ploomes_sync.dashboard.app import create_dashboard
from ploomes_sync.dashboard.links import Links

if TYPE_CHECKING:
    from ploomes_sync.service.app import PloomesSync

_API = re.compile(r"/(?:api|webhook|metrics|livez|readyz|openapi\.json)(?:/|\Z)")


class Site:
    """Passes each request on; the lifespan is the API's, which opens what both work with."""

    def __init__(self, api: ASGIApp, dashboard: ASGIApp) -> None:
        self._api = api
        self._dashboard = dashboard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request or the lifespan on."""
        is_page = scope["type"] == "http" and not _API.match(scope["path"])
        await (self._dashboard if is_page else self._api)(scope, receive, send)


def create_site(
    settings: Settings,
    service: PloomesSync | None = None,
    *,
    worker: bool = False,
    stopping: asyncio.Event | None = None,
    links: Links | None = None,
) -> Site:
    """Return the API and the dashboard as one ASGI application; both let in through one gate.

    Without an open `service` it opens one for its lifespan. With `worker` this process also works on queued runs.
    `stopping`, once set, ends waiting answers and streams. `links` are the one-time links that let somebody in.
    Raises ProfileError when the profile cannot be read.
    """
    api = create_api(settings, service, worker=worker, stopping=stopping)
    return Site(api, create_dashboard(api.state.gate, links or Links()))
