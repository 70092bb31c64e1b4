"""The feed of changes: what became of which product, newest first."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ploomes_sync.api.gate import service_of
from ploomes_sync.dashboard.render import fragment, page, speech_of
from ploomes_sync.dashboard.views import changes as view
from ploomes_sync.domain.changes import RECORDED, ChangeKind

_SHOWN = 50
_COUNTED = 20
"""So many new ones are counted; more than that are many."""


async def show(request: Request) -> Response:
    """Show the whole page."""
    context = await _context(request)
    return await page(request, "changes.html", columns=RECORDED, kinds=tuple(ChangeKind), **context)


async def found(request: Request) -> Response:
    """Show the changes that were filtered for; the address of the page follows."""
    context = await _context(request)
    headers = {"HX-Push-Url": context["asked"].address()}
    return fragment(request, "changes/_found.html", headers=headers, **context)


async def more(request: Request) -> Response:
    """Show the next page, to be appended."""
    return fragment(request, "changes/_days.html", **await _context(request))


async def news(request: Request) -> Response:
    """Tell how many changes there are that the page does not show yet."""
    asked = view.read(request.query_params)
    newest = request.query_params.get("newest", "")
    since = int(newest) if newest.isascii() and newest.isdigit() else 0
    got = await service_of(request.scope).changes(**asked.asked(_COUNTED + 1) | {"cursor": None})
    shown = view.until(got, asked.since, speech_of(request).zone)
    count = sum(change.change_id > since for change in shown.items)
    return fragment(request, "changes/_news.html", asked=asked, count=min(count, _COUNTED), many=count > _COUNTED)


async def _context(request: Request) -> dict[str, Any]:
    asked, speech = view.read(request.query_params), speech_of(request)
    got = await service_of(request.scope).changes(**asked.asked(_SHOWN))
    got = view.until(got, asked.since, speech.zone)
    return {
        "asked": asked,
        "days": view.days(got.items, speech, request.query_params.get("day", "")),
        "following": got.next,
        "newest": got.items[0].change_id if got.items else 0,
    }


routes = [
    Route("/changes", show),
    Route("/changes/found", found),
    Route("/changes/more", more),
    Route("/changes/news", news),
]
