"""The OpenAPI document: what the framework knows, the schemas of the domain, the hot reads, and examples."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ploomes_sync.api import examples
from ploomes_sync.api.operations import IF_NONE_MATCH, NOT_MODIFIED, Document, answers, parameter
from ploomes_sync.api.reads import LONGEST_WORDS, PRODUCTS
from ploomes_sync.domain.product import Kind
from ploomes_sync.domain.search import MAX_LIMIT, Sort

_REF = "#/components/schemas/{name}"
_OPEN = ("/livez", "/readyz", "/webhook/ploomes", "/webhook/ploomes/{key}")
_DECIMAL = {"type": "string", "format": "decimal"}
_TEXT: Document = {"type": "string", "maxLength": 500}
_MONEY: Document = {"type": "number", "minimum": 0, "maximum": 999_999_999}
_FILTERS = [
    parameter("query", "type", {"type": "string", "enum": [kind.value for kind in Kind]}, "What a product is."),
    parameter("query", "brand", _TEXT, "Exactly this brand."),
    parameter("query", "category", _TEXT, "Exactly this category."),
    parameter("query", "segment", _TEXT, "A segment of the profile.", example="rentals"),
    parameter("query", "min_price", _MONEY, "At least this price."),
    parameter("query", "max_price", _MONEY, "At most this price."),
    parameter("query", "in_stock", {"type": "boolean"}, "In stock, or not."),
    parameter("query", "active", {"type": "boolean"}, "Active in Ploomes, or not."),
    parameter("query", "source", _TEXT, "The system that made the product, such as omie."),
    parameter("query", "deleted", {"type": "boolean", "default": False}, "Deleted products too."),
]
_WORDS = parameter(
    "query",
    "q",
    {"type": "string", "maxLength": LONGEST_WORDS},
    "Words, or a code or a part of one; accents, plural and small mistakes do not matter.",
    example="filtro de ar",
)
_PAGING = [
    parameter("query", "sort", {"type": "string", "enum": [sort.value for sort in Sort]}, "The order."),
    parameter(
        "query", "limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 50}, "Page size."
    ),
    parameter("query", "after", {"type": "string", "maxLength": 500}, "The `next` of the page before."),
]
_KEY = parameter(
    "path", "id", {"type": "string", "minLength": 1}, "Ploomes' id, or the code.", example="400612345"
)


def build(app: FastAPI) -> Document:
    """Return the document of the application."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
    )
    paths = document["paths"]
    paths |= _hot_reads()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas |= _domain_schemas()
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, operations in paths.items():
        for operation in operations.values():
            _finish(operation, is_open=path in _OPEN)
    return document


def _hot_reads() -> dict[str, Document]:
    """Describe the reads that bypass the framework."""
    return {
        f"{PRODUCTS}/search": _read("search", "Search the catalogue", "SearchPage", [_WORDS, *_FILTERS, *_PAGING]),
        f"{PRODUCTS}/facets": _read("facets", "Count what a search finds", "Facets", [_WORDS, *_FILTERS]),
        f"{PRODUCTS}/categories": _read("categories", "Categories with their counts", "Categories", []),
        f"{PRODUCTS}/{{id}}": _read("product", "One product with all that hangs on it", "ProductDetail", [_KEY]),
    }


def _read(name: str, summary: str, schema: str, parameters: list[Document]) -> Document:
    told = answers(schema, 200, 404, 422) if name == "product" else answers(schema, 200, 422)
    told[200]["headers"] = {
        "ETag": {"schema": {"type": "string"}, "description": "Changes with the content."},
        "Age": {"schema": {"type": "integer"}, "description": "Seconds since it was read from the database."},
        "X-Stale": {
            "schema": {"type": "string", "enum": ["true"]},
            "description": "Sent when the database is away and the answer may lag behind.",
        },
    }
    described: Document = {
        "tags": ["catalogue"],
        "summary": summary,
        "operationId": name,
        "parameters": [*parameters, IF_NONE_MATCH],
        "responses": {str(status): answer for status, answer in told.items()} | {"304": NOT_MODIFIED},
    }
    return {"get": described}


def _finish(operation: Document, *, is_open: bool) -> None:
    """Add what all operations have: who may call it, and an example of each answer."""
    operation["responses"] = responses = {str(key): value for key, value in operation["responses"].items()}
    if is_open:
        for status in ("403", "429"):
            responses.pop(status, None)
        if "requestBody" not in operation:
            responses.pop("401", None)
    else:
        operation["security"] = [{"token": []}]
    for status, answer in responses.items():
        for media in answer.get("content", {}).values():
            name = media["schema"].get("$ref", "").rpartition("/")[2]
            example = examples.problem(int(status)) if name == "Problem" else examples.EXAMPLES.get(name)
            if example is not None:
                media["example"] = example


def _domain_schemas() -> Document:
    """Return the schemas of all that goes out; money goes out as numbers."""
    _, found = msgspec.json.schema_components(examples.TYPES, ref_template=_REF)
    schemas: Document = _numbers(found)
    return schemas


def _numbers(schema: Any) -> Any:  # noqa: ANN401 - any piece of a schema
    if isinstance(schema, dict):
        if _DECIMAL.items() <= schema.items():
            return {"type": "number"}
        return {name: _numbers(value) for name, value in schema.items()}
    return [_numbers(value) for value in schema] if isinstance(schema, list) else schema
