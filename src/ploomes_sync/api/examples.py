"""One example of each answer, made of the very types that are sent."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec

from ploomes_sync.api import problems
from ploomes_sync.api.problems import Fault, Problem
from ploomes_sync.api.runs import MissingPage
from ploomes_sync.api.syncs import SyncAnswer
from ploomes_sync.api.system import ErrorStats, Probe, Whoami
from ploomes_sync.api.webhook import Receipt
from ploomes_sync.cache.answer import encoder
from ploomes_sync.domain.cache import CacheCounts, CacheStats
from ploomes_sync.domain.changes import ChangeKind, ChangePage, ProductChange
from ploomes_sync.domain.history import LogPage, MissingProduct, RunEntry, RunEvent, entry
from ploomes_sync.domain.product import Kind, ProductDetail
from ploomes_sync.domain.quality import Check, QualityCheck, QualityItem, QualityPage, QualityReport
from ploomes_sync.domain.quarantine import QuarantinedRecord, QuarantinePage
from ploomes_sync.domain.run import Lane, Outcome, Plan, Run, RunStatus, Strategy, SyncRequest
from ploomes_sync.domain.search import Categories, Category, Facets, Hit, SearchPage, Subcategory
from ploomes_sync.domain.status import (
    ADVICE,
    ErrorStat,
    Health,
    HealthPart,
    Level,
    MetricHistory,
    MetricPoint,
    MetricSeries,
    SystemStatus,
    Totals,
)
from ploomes_sync.domain.token import Scope
from ploomes_sync.errors import ErrorClass

_NOW = datetime(2026, 1, 31, 15, 0, tzinfo=UTC)
_RUN_ID = UUID("0b5f0c5e-7b1c-4f2e-9a57-3d1f6f0a9c11")
_RUN = Run(
    id=_RUN_ID,
    request=SyncRequest(segments=("rentals",), origin="api"),
    status=RunStatus.SUCCEEDED,
    plan=Plan(strategy=Strategy.BATCH, reason="batch was asked for", lane=Lane.SWEEP, expected=95),
    outcome=Outcome(requests=3, pages=1, fetched=95, updated=2, unchanged=93),
    attempt=1,
    created_at=_NOW,
    started_at=_NOW,
    finished_at=_NOW.replace(second=4),
)
_ENTRY = entry(_RUN, _NOW)
_QUEUED = entry(
    msgspec.structs.replace(
        _RUN, status=RunStatus.QUEUED, plan=None, outcome=Outcome(), attempt=0, started_at=None, finished_at=None
    ),
    _NOW,
)
_NOTHING: dict[str, Any] = dict.fromkeys(ProductDetail.__struct_fields__)
_PRODUCT = ProductDetail(
    **_NOTHING
    | {
        "id": 17,
        "ploomes_product_id": "400612345",
        "name": "Filtro de ar GA 30",
        "code": "1613740700",
        "product_type": Kind.PRODUCT,
        "brand": "Atlas Copco",
        "segments": ["atlas", "omie"],
        "base_price": Decimal("412.50"),
        "currency": "BRL",
        "stock_quantity": 12,
        "active": True,
        "source_updated_at": _NOW,
        "variants": [],
        "suppliers": [],
    }
)
_SHARED = {name: getattr(_PRODUCT, name) for name in Hit.__struct_fields__ if hasattr(_PRODUCT, name)}
_HIT = msgspec.convert(_SHARED | {"highlight": "<mark>Filtro</mark> de ar GA 30", "rank": 2.4}, Hit)
_FAILURE = ErrorStat(
    error_class=ErrorClass.RATE_LIMIT,
    endpoint="/Products",
    failures=3,
    first_at=_NOW,
    last_at=_NOW,
    advice=ADVICE[ErrorClass.RATE_LIMIT],
)
_PARKED = QuarantinedRecord(
    id=7,
    ploomes_id=400612345,
    reason="no name",
    detail="Name is empty.",
    run_id=_RUN_ID,
    first_seen_at=_NOW,
    last_seen_at=_NOW,
)
_CHANGE = ProductChange(
    change_id=4711,
    ploomes_id=400612345,
    code="1613740700",
    name="Filtro de ar GA 30",
    changed_at=_NOW,
    run_id=_RUN_ID,
    kind=ChangeKind.CHANGED,
    changes={"base_price": (Decimal("398.00"), Decimal("412.50"))},
)
_FAULTY = msgspec.convert({name: getattr(_PRODUCT, name) for name in QualityItem.__struct_fields__}, QualityItem)
_COUNTS = CacheCounts(hits=930, misses=70, shared=20, loads=50, size=64, hit_rate=0.93)
_ALL: tuple[msgspec.Struct, ...] = (
    SyncAnswer(run=_QUEUED, created=True),
    _ENTRY,
    MissingPage(
        items=[
            MissingProduct(
                id=400612345, code="1613740700", name="Filtro de ar", changed_at=_NOW, last_seen_at=_NOW
            )
        ]
    ),
    QuarantinePage(items=[_PARKED], total=1),
    LogPage(items=[_ENTRY]),
    SystemStatus(generated_at=_NOW, read_at=_NOW, totals=Totals(products=11793, segments={"rentals": 95})),
    Health(
        ok=True,
        checked_at=_NOW,
        parts=(HealthPart(name="database", ok=True, level=Level.OK, reason="PostgreSQL answers."),),
    ),
    ErrorStats(hours=24, errors=[_FAILURE]),
    CacheStats(total=_COUNTS, kinds={"prod": _COUNTS}, capacity=10_000, checked=0.4, away=False),
    MetricHistory(
        since=_NOW,
        step_seconds=300,
        series=(MetricSeries(name="freshness_p50", unit="seconds", points=(MetricPoint(at=_NOW, value=2.1),)),),
    ),
    Whoami(name="dashboard", scope=Scope.READ),
    Probe(ok=True),
    Receipt(verdict="queued"),
    SearchPage(items=[_HIT]),
    Facets(total=12, brands={"Atlas Copco": 12}),
    Categories(
        categories=[Category("Filtros", 420, [Subcategory("Ar", 120)])], total=11793, types={"product": 11571}
    ),
    _PRODUCT,
    ChangePage(items=[_CHANGE], next="4711", more=True),
    QualityReport(checks=(QualityCheck(key=Check.NO_CATEGORY, count=12, share=0.001),), products=11793),
    QualityPage(items=[_FAULTY]),
)
EXAMPLES: dict[str, Any] = {type(one).__name__: msgspec.json.decode(encoder.encode(one)) for one in _ALL}
TYPES = [*(type(one) for one in _ALL), RunEntry, RunEvent, Problem]
_DETAILS = {
    HTTPStatus.BAD_REQUEST: "The body cannot be read.",
    HTTPStatus.UNAUTHORIZED: "This token is unknown, revoked or has run out.",
    HTTPStatus.FORBIDDEN: "This needs the scope sync, and the token may only read.",
    HTTPStatus.NOT_FOUND: f"There is no run {_RUN_ID}.",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not come in time: send it again.",
    HTTPStatus.CONFLICT: "This idempotency key stands for another request.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body may have 1048576 bytes.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Send JSON with the header `Content-Type: application/json`.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "body.productIds: input should be a valid list.",
    HTTPStatus.TOO_MANY_REQUESTS: "More than 6000 requests a minute came from here: wait 2 s.",
    HTTPStatus.BAD_GATEWAY: "Ploomes refused the key (401).",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database does not answer just now: try again in a moment.",
}


def problem(status: int) -> dict[str, Any]:
    """Return an example of a problem document."""
    kind = next(
        kind
        for kind in (problems.SOURCE_REFUSED, problems.STORE_AWAY, problems.SLOW_BODY, *problems.FRAMEWORK)
        if kind.status == status
    )
    faults = (Fault("body.productIds", "input should be a valid list"),) if kind is problems.INVALID else ()
    example = Problem(
        type=f"/problems/{kind.slug}",
        title=kind.title,
        status=status,
        detail=_DETAILS[kind.status],
        instance="/api/sync/products",
        request_id="3f0c9a7e5b1d2486",
        errors=faults,
    )
    found: dict[str, Any] = msgspec.to_builtins(example)
    return found
