"""One product: what is known of it, where that comes from, and what became of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ploomes_sync.api.gate import service_of
from ploomes_sync.api.problems import NOT_FOUND, ApiError
from ploomes_sync.cache.answer import Answer
from ploomes_sync.dashboard.render import fragment, page, speech_of
from ploomes_sync.dashboard.views import changes as changes_view
from ploomes_sync.dashboard.views import product as view
from ploomes_sync.dashboard.views.products import came_from, lately
from ploomes_sync.dashboard.visitor import visitor_of
from ploomes_sync.domain.page import Reject
from ploomes_sync.domain.product import ProductDetail
from ploomes_sync.domain.run import Run, Strategy, SyncRequest, Urgency
from ploomes_sync.domain.token import Scope
from ploomes_sync.errors import TransientError, UnknownRunError

_SHOWN = 20
_LONGEST_ID = 18


async def show(request: Request) -> Response:
    """Show the whole page; by its code a product is found, too."""
    key = request.path_params["key"]
    answer = await service_of(request.scope).product(key)
    if answer is None:
        return await _unknown(request, key)
    own = answer.value.ploomes_product_id
    if own != key:
        return RedirectResponse(f"/products/{own}", status_code=HTTPStatus.SEE_OTHER)
    run = await _run(request, own, request.query_params.get("run", ""))
    told = None if run is None else view.note(run, speech_of(request))
    back = came_from(request.headers.get("referer", ""))
    return await page(request, "product.html", run=run, told=told, back=back, **await _context(request, answer))


async def now(request: Request) -> Response:
    """Show what is known by now, after a sync that the page has followed."""
    return fragment(request, "product/_body.html", **await _context(request, await _product(request)))


async def history(request: Request) -> Response:
    """Show older changes, to be appended."""
    answer = await _product(request)
    return fragment(request, "product/_history.html", **await _history(request, answer.value))


async def payload(request: Request) -> Response:
    """Show the record that the product was made of."""
    answer = await _product(request)
    record = await service_of(request.scope).record(answer.value.ploomes_product_id)
    shown = "" if record is None else view.pretty(record.payload)
    return await _part(request, "payload", answer.value, record=record, shown=shown)


async def why(request: Request) -> Response:
    """Show which rules decided what the product is."""
    answer = await _product(request)
    found = await service_of(request.scope).explain(answer.value.ploomes_product_id)
    lines = [] if found is None or isinstance(found, Reject) else view.reasons(found.lines, speech_of(request))
    return await _part(request, "why", answer.value, lines=lines)


async def sync(request: Request) -> Response:
    """Ask Ploomes for this product at once, and go back to the page, which tells how that goes."""
    visitor_of(request.scope).require(Scope.SYNC)
    key = request.path_params["key"]
    wanted = SyncRequest(strategy=Strategy.REAL_TIME, ids=(_id(key),), urgency=Urgency.HIGH, origin="dashboard")
    submission = await service_of(request.scope).submit(wanted)
    return RedirectResponse(f"/products/{key}?run={submission.run.id}", status_code=HTTPStatus.SEE_OTHER)


async def followed(request: Request) -> Response:
    """Show how the sync goes that was asked for from the page."""
    key = request.path_params["key"]
    run = await _run(request, key, request.path_params["run_id"])
    if run is None:
        raise ApiError(NOT_FOUND, "There is no such run of this product.")
    return fragment(request, "product/_run.html", key=key, run=run, told=view.note(run, speech_of(request)))


async def _unknown(request: Request, key: str) -> Response:
    run = await _run(request, key, request.query_params.get("run", ""))
    told = None if run is None else view.note(run, speech_of(request))
    shown = {"key": key, "run": run, "told": told, "is_id": _is_id(key)}
    return await page(request, "product/unknown.html", code=HTTPStatus.NOT_FOUND, **shown)


async def _product(request: Request) -> Answer[ProductDetail]:
    answer = await service_of(request.scope).product(request.path_params["key"])
    if answer is None:
        raise ApiError(NOT_FOUND, "There is no product of this id or code.")
    return answer


async def _context(request: Request, answer: Answer[ProductDetail]) -> dict[str, Any]:
    product, speech = answer.value, speech_of(request)
    told = await _history(request, product)
    currency = product.currency or "BRL"
    specified = "service" if product.service else "rental"
    return {
        "product": product,
        "terms": view.terms(product.service or product.rental, currency, speech),
        "specified": specified,
        "fields": view.custom_fields(product, speech),
        "dimensions": view.dimensions(product, speech),
        "image": view.safe_link(product.image_url),
        "shown": view.shown,
        "lately": lately,
        "read_ago": speech.duration(answer.age) if answer.stale else "",
        "removal": view.removal(product, [line.change for line in told["lines"]]),
        **told,
    }


async def _history(request: Request, product: ProductDetail) -> dict[str, Any]:
    cursor = request.query_params.get("cursor")
    own, speech = product.ploomes_product_id, speech_of(request)
    try:
        found = await service_of(request.scope).history(own, limit=_SHOWN, cursor=cursor)
    except ValueError:
        found = await service_of(request.scope).history(own, limit=_SHOWN)
    except TransientError:
        found = None
    items = found.items if found else []
    lines = [
        changes_view.Line(change, changes_view.deltas(change, speech, product.currency or "BRL"))
        for change in items
    ]
    return {"lines": lines, "older": found.next if found else None, "away": found is None, "key": own}


async def _run(request: Request, key: str, run_id: str) -> Run | None:
    """Return the run that was asked for from the page of a product; None for any other."""
    try:
        run = await service_of(request.scope).run(UUID(run_id))
    except (ValueError, UnknownRunError):
        return None
    return run if _is_id(key) and int(key) in run.request.ids else None


async def _part(request: Request, name: str, product: ProductDetail, **context: Any) -> Response:  # noqa: ANN401 - what it shows
    """Show a part that the page loads when it is opened; a page of its own for whoever has no script."""
    if "hx-request" in request.headers:
        return fragment(request, f"product/_{name}.html", product=product, **context)
    return await page(request, "product/part.html", part=name, product=product, **context)


def _is_id(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= _LONGEST_ID


def _id(key: str) -> int:
    if not _is_id(key):
        raise ApiError(NOT_FOUND, "There is no product of this id.")
    return int(key)


routes = [
    Route("/products/{key}", show),
    Route("/products/{key}/now", now),
    Route("/products/{key}/history", history),
    Route("/products/{key}/payload", payload),
    Route("/products/{key}/why", why),
    Route("/products/{key}/sync", sync, methods=["POST"]),
    Route("/products/{key}/run/{run_id}", followed),
]
