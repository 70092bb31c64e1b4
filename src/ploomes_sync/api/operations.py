"""What the OpenAPI document says of operations beyond what the framework sees: answers, headers, parameters."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from ploomes_sync.api.problems import MEDIA_TYPE
from ploomes_sync.domain.webhook import KEY_HEADER

Document = dict[str, Any]
EVENTS, TEXT = "events", "text"
ALWAYS = (401, 403, 429, 503)
"""Any operation behind a token may answer these."""
_REF = "#/components/schemas/"
_TEXTS = {EVENTS: "text/event-stream", TEXT: "text/plain"}
_BODY = (400, 408)


NOT_MODIFIED: Document = {"description": "What the caller has still holds."}


def answers(schema: str, *statuses: int, own: Collection[int] = ()) -> dict[int | str, Document]:
    """Describe what an operation may answer: the schema when it went well, a problem document when not.

    `own` are statuses of failure that answer with the schema, too.
    """
    told: dict[int | str, Document] = {}
    bodies = _BODY if 413 in statuses else ()  # noqa: PLR2004 - whoever takes a body may answer that it is too large
    for status in sorted({*statuses, *bodies, *ALWAYS, *own}):
        fails = status >= HTTPStatus.BAD_REQUEST and status not in own
        told[status] = _problem(status) if fails else _good(schema, status)
    return told


def _good(schema: str, status: int) -> Document:
    if status == HTTPStatus.NOT_MODIFIED:
        return NOT_MODIFIED
    if schema in _TEXTS:
        content: Document = {_TEXTS[schema]: {"schema": {"type": "string"}}}
    else:
        content = {"application/json": {"schema": {"$ref": f"{_REF}{schema}"}}}
    return {"description": HTTPStatus(status).phrase, "content": content}


def _problem(status: int) -> Document:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_REF}Problem"}}},
    }


def parameter(place: str, name: str, schema: Document, description: str, **more: object) -> Document:
    """Describe one parameter."""
    described = {"name": name, "in": place, "required": place == "path", "schema": schema}
    return {**described, "description": description, **more}


def key_parameter(place: str) -> Document:
    """Describe the validation key in the address."""
    return parameter(place, "key", {"type": "string"}, "The key, for senders that know no header.")


PREFER = parameter(
    "header",
    "Prefer",
    {"type": "string"},
    "`wait=N`: wait up to N seconds (at most 120) for the end of the run.",
    example="wait=10",
)
IDEMPOTENCY_KEY = parameter(
    "header",
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "The same key gives the same run, however often the request is sent.",
    example="import-2026-01-31",
)
LAST_EVENT_ID = parameter(
    "header",
    "Last-Event-ID",
    {"type": "string", "pattern": "^[0-9]{1,18}$"},
    "The id of the last event seen; what came after it follows.",
    example="4711",
)
VALIDATION_KEY = parameter("header", KEY_HEADER, {"type": "string"}, "The key given at registration.")
IF_NONE_MATCH = parameter(
    "header", "If-None-Match", {"type": "string"}, "The ETag of what the caller has: 304 when it still holds."
)
MESSAGE: Document = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "object"},
            "example": {"Entity": "Products", "Action": "Update", "New": {"Id": 400612345}, "WebhookId": 12},
        }
    },
}
