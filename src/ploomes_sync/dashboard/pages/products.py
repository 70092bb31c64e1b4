"""The search of products: results first, what they can be narrowed to beside them."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ploomes_sync.api.gate import gate_of, service_of
from ploomes_sync.cache.answer import Answer
from ploomes_sync.dashboard.render import fragment, page, speech_of
from ploomes_sync.dashboard.views import products as view
from ploomes_sync.domain.search import Facets, SearchPage, SearchQuery, Sort
from ploomes_sync.errors import BadRowError
from ploomes_sync.service.app import PloomesSync

_PATIENCE_SECONDS = 0.06
"""How long the page waits for counts: those in memory come along, others follow."""


async def show(request: Request) -> Response:
    """Show the whole page."""
    asked, answer = await _found(request)
    counts = None
    if answer.value.items:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                counts = await _counts(service_of(request.scope), asked.query)
        except TimeoutError:
            counts = None
    context = _context(request, asked, answer)
    return await page(request, "products.html", **context, **_offered(request, asked, counts))


async def found(request: Request) -> Response:
    """Show what is found while someone types or chooses; the address of the page follows."""
    asked, answer = await _found(request)
    current = request.headers.get("hx-current-url", "")
    headers = {view.history(current, asked.query): view.address(asked.query)}
    return fragment(
        request, "products/_found.html", headers=headers, counted=False, **_context(request, asked, answer)
    )


async def more(request: Request) -> Response:
    """Show the next page of results, to be appended."""
    asked, answer = await _found(request)
    return fragment(request, "products/_rows.html", appended=True, **_context(request, asked, answer))


async def facets(request: Request) -> Response:
    """Show how many there are, in all and of each value."""
    asked = view.read(request.query_params)
    counts = await _counts(service_of(request.scope), asked.query)
    return fragment(request, "products/_facets.html", asked=asked, **_offered(request, asked, counts))


async def _found(request: Request) -> tuple[view.Asked, Answer[SearchPage]]:
    """Search; a place in the list that the database cannot make sense of is left out as any other parameter."""
    asked, service = view.read(request.query_params), service_of(request.scope)
    try:
        return asked, await service.search(asked.query)
    except BadRowError:
        given = {name: text for name, text in request.query_params.items() if name != "after"}
        plain = view.read(given)
        asked = view.Asked(plain.query, (*plain.ignored, "after"))
        return asked, await service.search(asked.query)


async def _counts(service: PloomesSync, query: SearchQuery) -> dict[str, Facets]:
    """Count by each facet; one that is narrowed down is counted without itself, so that another can be chosen."""
    whole = (await service.facets(query)).value
    counts = {"": whole, **dict.fromkeys(view.FACETS, whole)}
    for key, wider in view.without(query).items():
        counts[key] = (await service.facets(wider)).value
    return counts


def _context(request: Request, asked: view.Asked, answer: Answer[SearchPage]) -> dict[str, Any]:
    speech = speech_of(request)
    return {
        "asked": asked,
        "query": asked.query,
        "hits": answer.value.items,
        "following": answer.value.next,
        "address": view.address,
        "lately": view.lately,
        "read_ago": speech.duration(answer.age) if answer.stale else "",
    }


def _offered(request: Request, asked: view.Asked, counts: dict[str, Facets] | None) -> dict[str, Any]:
    segments = gate_of(request.scope).segments
    return {
        "facets": view.facets(asked.query, counts, segments, speech_of(request)),
        "total": counts[""].total if counts else None,
        "approximate": bool(counts and counts[""].approximate),
        "counted": counts is not None,
        "sorts": tuple(Sort),
        "sources": view.SOURCES,
    }


routes = [
    Route("/products", show),
    Route("/products/found", found),
    Route("/products/more", more),
    Route("/products/facets", facets),
]
