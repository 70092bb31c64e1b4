"""How the service is: state, history, health, figures, probes."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from ploomes_sync.api.bodies import HistoryParameters, HoursParameters, LogParameters, invalid
from ploomes_sync.api.gate import gate_of, principal_of, service_of
from ploomes_sync.api.operations import answers
from ploomes_sync.api.problems import STORE_AWAY
from ploomes_sync.api.replies import Json
from ploomes_sync.domain.status import ErrorStat
from ploomes_sync.domain.token import Scope
from ploomes_sync.errors import MigrationError, SyncError
from ploomes_sync.store.db import Database
from ploomes_sync.store.migrate import check_schema

router = APIRouter()
_LOOK_SECONDS = 1.0


class Whoami(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks and what that may do."""

    name: str
    scope: Scope


class ErrorStats(msgspec.Struct, frozen=True, kw_only=True):
    """Failures by class and endpoint, the most frequent first."""

    hours: int
    errors: list[ErrorStat]


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe found."""

    ok: bool
    reason: str = ""


@router.get("/api/sync/products/status", tags=["system"], responses=answers("SystemStatus", 200))
async def status(request: Request) -> Json:
    """Tell how fresh the catalogue is, what runs, and every figure worth knowing."""
    return Json(await service_of(request.scope).status())


@router.get("/api/sync/products/logs", tags=["system"], responses=answers("LogPage", 200, 422))
async def logs(request: Request, wanted: Annotated[LogParameters, Query()]) -> Json:
    """List runs, newest first."""
    return Json(await service_of(request.scope).logs(wanted.query()))


@router.get("/api/sync/products/health", tags=["system"], responses=answers("Health", 200, own=(503,)))
async def health(request: Request) -> Json:
    """Tell part by part whether all is well; 503 when something is not."""
    found = await service_of(request.scope).health()
    return Json(found, status_code=HTTPStatus.OK if found.ok else HTTPStatus.SERVICE_UNAVAILABLE)


@router.get("/api/sync/errors", tags=["system"], responses=answers("ErrorStats", 200, 422))
async def errors(request: Request, wanted: Annotated[HoursParameters, Query()]) -> Json:
    """Count the failures of the last hours by class and endpoint, each with advice."""
    found = await service_of(request.scope).error_stats(wanted.hours)
    return Json(ErrorStats(hours=wanted.hours, errors=list(found)))


@router.get("/api/sync/cache", tags=["system"], responses=answers("CacheStats", 200))
async def cache(request: Request) -> Json:
    """Tell how the cache of this process does."""
    return Json(service_of(request.scope).cache_stats())


@router.get("/api/sync/metrics/history", tags=["system"], responses=answers("MetricHistory", 200, 422))
async def history(request: Request, wanted: Annotated[HistoryParameters, Query()]) -> Json:
    """Give series of figures over time, for charts."""
    since = wanted.since or datetime.now(UTC) - timedelta(days=1)
    try:
        return Json(await service_of(request.scope).monitor.history(wanted.name, since, wanted.step))
    except ValueError as error:
        raise invalid("query", str(error).rstrip(".")) from None


@router.get("/api/sync/whoami", tags=["system"], responses=answers("Whoami", 200))
async def whoami(request: Request) -> Json:
    """Tell whose token this is and what it may do."""
    principal = principal_of(request.scope)
    return Json(Whoami(name=principal.name, scope=principal.scope))


@router.get("/metrics", tags=["system"], response_class=Response, responses=answers("text", 200))
async def metrics(request: Request) -> Response:
    """Give the figures of the status in Prometheus' text format."""
    monitor = service_of(request.scope).monitor
    await monitor.status()
    return Response(monitor.exposition(), media_type=CONTENT_TYPE_LATEST)


@router.get("/livez", tags=["probes"], responses=answers("Probe", 200))
async def livez() -> Json:
    """Tell that the process is alive; asks nobody."""
    return Json(Probe(ok=True))


@router.get("/readyz", tags=["probes"], responses=answers("Probe", 200, own=(503,)))
async def readyz(request: Request) -> Json:
    """Tell whether requests can be served: the database answers and has the schema of this version."""
    reason = await _unready(request)
    code = HTTPStatus.SERVICE_UNAVAILABLE if reason else HTTPStatus.OK
    return Json(Probe(ok=not reason, reason=reason), status_code=code)


async def _unready(request: Request) -> str:
    """Say why nothing can be served; many who ask within a second share one look."""
    gate, now = gate_of(request.scope), time.monotonic()
    if gate.stopping.is_set():
        return "The service is ending."
    if gate.app is None:
        return "The service is starting."
    if gate.look is None or (gate.look.done() and now - gate.looked_at > _LOOK_SECONDS):
        gate.looked_at = now
        gate.look = asyncio.create_task(_look(gate.app.db))
    return await asyncio.shield(gate.look)


async def _look(db: Database) -> str:
    try:
        async with db.transaction() as conn:
            await check_schema(conn)
    except MigrationError as error:
        return str(error)
    except SyncError:
        return f"{STORE_AWAY.title}."
    return ""
