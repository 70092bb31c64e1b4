"""Puts the HTTP API together: layers, routes, document, and the service that it opens or is given."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from ploomes_sync.api import changes, events, openapi, quality, reads, runs, system
from ploomes_sync.api.admission import Admission, route_path
from ploomes_sync.api.bodies import refuse
from ploomes_sync.api.envelope import Envelope, trace
from ploomes_sync.api.gate import Gate, origins
from ploomes_sync.api.problems import for_status
from ploomes_sync.api.replies import GZIP_LEVEL, SMALLEST_GZIP, Compression
from ploomes_sync.api.syncs import sync_router
from ploomes_sync.api.webhook import webhook_router
from ploomes_sync.bootstrap import load_profile
from ploomes_sync.config import Settings
from ploomes_sync.domain.profile import segment_names
from ploomes_sync.telemetry import Log

if TYPE_CHECKING:
    from ploomes_sync.service.app import PloomesSync

_DESCRIPTION = """Mirrors a company's Ploomes product catalogue into PostgreSQL and serves it from there.

Every error is a problem document (RFC 9457). Every answer carries `X-Request-Id`. Reads carry an `ETag`.
"""
log = Log("product-sync:api")
_OTHER_READS = ("status", "logs", "health")


def create_api(
    settings: Settings,
    service: PloomesSync | None = None,
    *,
    worker: bool = False,
    stopping: asyncio.Event | None = None,
) -> FastAPI:
    """Return the HTTP API as an ASGI application; without an open `service` it opens one for its lifespan.

    With `worker` this process also works on queued runs. `stopping`, once set, ends waiting answers and streams.
    Raises ProfileError when the profile cannot be read.
    """
    segments = segment_names(load_profile(settings.profile))
    gate = Gate(settings, segments, service, stopping=stopping or asyncio.Event())
    api = FastAPI(
        title="ploomes-sync",
        version=version("ploomes-sync"),
        description=_DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: _refused, RequestValidationError: _refused},
    )
    api.state.gate, api.state.worker = gate, worker
    _add_routes(api, gate)
    _add_layers(api, gate)
    api.openapi = lambda: _document(api)  # type: ignore[method-assign]  # the framework's own way to replace it
    return api


def _add_routes(api: FastAPI, gate: Gate) -> None:
    api.include_router(system.router)
    api.include_router(sync_router(gate.segments))
    api.include_router(runs.router)
    api.include_router(events.router)
    api.include_router(changes.router)
    api.include_router(quality.router)
    api.include_router(webhook_router(gate.settings.webhook_secret))


def _add_layers(api: FastAPI, gate: Gate) -> None:
    """Wrap the routes, innermost first."""
    api.add_middleware(reads.HotReads, taken=frozenset(_OTHER_READS))
    api.add_middleware(Compression, minimum_size=SMALLEST_GZIP, compresslevel=GZIP_LEVEL)
    api.add_middleware(Admission, gate=gate)
    api.add_middleware(Envelope, gate=gate)
    if allowed := origins(gate.settings):
        api.add_middleware(
            CORSMiddleware,
            allow_origins=allowed,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "idempotency-key", "prefer", "if-none-match"],
            expose_headers=["location", "etag", "x-request-id", "x-stale", "retry-after", "preference-applied"],
        )


def _document(api: FastAPI) -> dict[str, Any]:
    if api.openapi_schema is None:
        api.openapi_schema = openapi.build(api)
    return api.openapi_schema


@asynccontextmanager
async def _lifespan(api: FastAPI) -> AsyncIterator[None]:
    """Open the service unless it was given, and tell long answers and the worker when it ends."""
    gate: Gate = api.state.gate
    given = gate.app
    async with AsyncExitStack() as stack:
        if given is None:
            from ploomes_sync.service.app import open_app

            gate.app = await stack.enter_async_context(
                open_app(gate.settings, stopping=gate.stopping, role="serve")
            )
        stack.push_async_callback(gate.access.close)
        if api.state.worker:
            await stack.enter_async_context(_working(gate))
        try:
            yield
        finally:
            gate.stopping.set()
            gate.app = given


@asynccontextmanager
async def _working(gate: Gate) -> AsyncIterator[None]:
    """Run a worker beside the requests; it ends with the service, giving back what it holds."""
    from ploomes_sync.jobs.worker import GRACE_SECONDS, run_worker

    async def work() -> None:
        try:
            await run_worker(gate.service(), gate.stopping)
        except Exception as error:  # noqa: BLE001 - reads go on; the status tells that no worker is at work
            log.error("worker.failed", trace=trace(error))  # noqa: TRY400 - the trace without secrets

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        gate.stopping.set()
        await asyncio.wait({task}, timeout=GRACE_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _refused(request: Request, error: Exception) -> Response:
    """Turn what the framework refuses into our refusal; the envelope answers it."""
    if isinstance(error, RequestValidationError):
        if _is_bad_json(error):
            raise for_status(HTTPStatus.BAD_REQUEST, "The body is no JSON.") from None
        raise refuse(list(error.errors())) from None
    if not isinstance(error, HTTPException):
        raise error
    allowed = allowed_methods(request.app, route_path(request.scope))
    if error.status_code not in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        raise for_status(error.status_code, str(error.detail), dict(error.headers or {})) from None
    if allowed and request.method not in allowed:
        told = ", ".join(sorted(allowed))
        raise for_status(HTTPStatus.METHOD_NOT_ALLOWED, f"This address takes {told}.", {"allow": told}) from None
    raise for_status(
        HTTPStatus.NOT_FOUND, "Nothing is at this address: /openapi.json lists what there is."
    ) from None


def _is_bad_json(error: RequestValidationError) -> bool:
    return any(fault["type"] == "json_invalid" for fault in error.errors())


def allowed_methods(api: FastAPI, path: str) -> set[str]:
    """Return the methods that the document names for a path."""
    found: set[str] = set()
    for template, operations in api.openapi()["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path):
            found |= {method.upper() for method in operations}
    return found
