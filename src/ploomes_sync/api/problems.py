"""Every error of the HTTP API as an RFC 9457 problem document; nothing internal gets into one."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from starlette.responses import Response
from starlette.types import Scope

from ploomes_sync.errors import (
    BadRowError,
    CredentialsError,
    ForbiddenError,
    LeaseLostError,
    MigrationError,
    RequestError,
    ReusedKeyError,
    RunStateError,
    SettingsError,
    StoreDownError,
    SyncError,
    TransientError,
    UnknownRunError,
)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
_SECRET_BELOW = ("/webhook/ploomes", "/link/")


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with what was sent; `field` is where, such as `body.productIds`."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem document; `type` is relative to this service, `instance` is the path that was asked for."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    request_id: str = ""
    errors: tuple[Fault, ...] = ()


class Kind(msgspec.Struct, frozen=True):
    """A sort of problem."""

    slug: str
    title: str
    status: HTTPStatus


BAD_REQUEST = Kind("bad-request", "The request cannot be read", HTTPStatus.BAD_REQUEST)
UNAUTHENTICATED = Kind("unauthenticated", "A token is needed", HTTPStatus.UNAUTHORIZED)
FORBIDDEN = Kind("forbidden", "Not allowed", HTTPStatus.FORBIDDEN)
NOT_FOUND = Kind("not-found", "Not found", HTTPStatus.NOT_FOUND)
METHOD = Kind("method-not-allowed", "Method not allowed", HTTPStatus.METHOD_NOT_ALLOWED)
SLOW_BODY = Kind("slow-request", "The request came too slowly", HTTPStatus.REQUEST_TIMEOUT)
CONFLICT = Kind("conflict", "It does not fit the state of things", HTTPStatus.CONFLICT)
TOO_LARGE = Kind("too-large", "The body is too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
MEDIA = Kind("unsupported-media-type", "The body must be JSON", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
INVALID = Kind("invalid", "The request is not valid", HTTPStatus.UNPROCESSABLE_ENTITY)
RATE_LIMITED = Kind("rate-limited", "Too many requests", HTTPStatus.TOO_MANY_REQUESTS)
INTERNAL = Kind("internal", "Something went wrong here", HTTPStatus.INTERNAL_SERVER_ERROR)
SOURCE_REFUSED = Kind("source-refused", "Ploomes refused the request", HTTPStatus.BAD_GATEWAY)
SOURCE_AWAY = Kind("source-away", "Ploomes does not answer", HTTPStatus.SERVICE_UNAVAILABLE)
STORE_AWAY = Kind("store-away", "The database does not answer", HTTPStatus.SERVICE_UNAVAILABLE)
NOT_READY = Kind("not-ready", "The service is not ready", HTTPStatus.SERVICE_UNAVAILABLE)
OVERLOADED = Kind("overloaded", "Too much to do just now", HTTPStatus.SERVICE_UNAVAILABLE)
TIMED_OUT = Kind("timed-out", "It took too long", HTTPStatus.SERVICE_UNAVAILABLE)

FRAMEWORK = (
    BAD_REQUEST,
    UNAUTHENTICATED,
    FORBIDDEN,
    NOT_FOUND,
    METHOD,
    CONFLICT,
    TOO_LARGE,
    MEDIA,
    INVALID,
    RATE_LIMITED,
    INTERNAL,
)
"""The kinds that a bare status of the framework stands for."""
_BY_STATUS: dict[int, Kind] = {kind.status: kind for kind in FRAMEWORK}


class ApiError(Exception):
    """A refusal: what kind of problem it is, the sentence for whoever asked, and headers that go with it."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        faults: tuple[Fault, ...] = (),
        headers: dict[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.faults = faults
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["retry-after"] = str(max(1, round(retry_after)))


# What the sentence of an error may say to a stranger: `None` is the error's own words.
_TABLE: tuple[tuple[type[SyncError], Kind, str | None], ...] = (
    (StoreDownError, STORE_AWAY, "The database does not answer just now: try again in a moment."),
    (LeaseLostError, CONFLICT, "Another process has taken over this run: look at the run again."),
    (TransientError, SOURCE_AWAY, None),
    (UnknownRunError, NOT_FOUND, None),
    (RunStateError, CONFLICT, None),
    (ReusedKeyError, CONFLICT, None),
    (SettingsError, CONFLICT, None),
    (CredentialsError, SOURCE_REFUSED, None),
    (ForbiddenError, SOURCE_REFUSED, None),
    (RequestError, SOURCE_REFUSED, None),
    (MigrationError, NOT_READY, "The database lacks what this version needs: run `ploomes-sync migrate`."),
    (BadRowError, INVALID, "The database cannot work with these values: change the request."),
)


def as_api_error(error: Exception) -> ApiError:
    """Turn any error into a refusal; what nobody foresaw tells nothing but that it happened."""
    if isinstance(error, ApiError):
        return error
    for kind_of_error, kind, sentence in _TABLE:
        if isinstance(error, kind_of_error):
            wait = getattr(error, "retry_after", None) or RETRY_SECONDS
            retry_after = wait if kind.status == HTTPStatus.SERVICE_UNAVAILABLE else None
            return ApiError(kind, sentence or str(error), retry_after=retry_after)
    return ApiError(INTERNAL, "The request could not be done; the log of the service tells why under this id.")


def for_status(status: int, detail: str, headers: dict[str, str] | None = None) -> ApiError:
    """Return the refusal for a bare HTTP status, as the framework raises them."""
    kind = _BY_STATUS.get(status)
    if kind is None:
        kind = BAD_REQUEST if status < HTTPStatus.INTERNAL_SERVER_ERROR else INTERNAL
    return ApiError(kind, f"{detail.rstrip('.')}.", headers=headers)


def document(error: ApiError, scope: Scope) -> Problem:
    """Write the problem document of a refusal."""
    return Problem(
        type=f"/problems/{error.kind.slug}",
        title=error.kind.title,
        status=error.kind.status,
        detail=error.detail,
        instance=shown_path(scope),
        request_id=scope.get("state", {}).get("request_id", ""),
        errors=error.faults,
    )


def shown_path(scope: Scope) -> str:
    """Return the path for documents and logs: what follows a webhook's or a link's address may be a secret."""
    path = str(scope.get("path", ""))
    for door in _SECRET_BELOW:
        before, found, _ = path.partition(door)
        if found:
            return (before + door)[:500]
    return path[:500]


def answer(error: ApiError, scope: Scope) -> Response:
    """Return the answer that tells the problem."""
    headers = {"cache-control": "no-store", **error.headers}
    return Response(msgspec.json.encode(document(error, scope)), error.kind.status, headers, MEDIA_TYPE)
