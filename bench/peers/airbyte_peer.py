"""PyAirbyte: a declarative manifest into its PostgreSQL cache. Runs in PyAirbyte's own environment."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

import airbyte as ab
from airbyte.caches import PostgresCache

_LISTS = ("OtherProperties", "Lists", "Parts")
_TYPES = {
    "integer": ("GroupId", "FamilyId", "CurrencyId", "CreateImportId", "UpdateImportId", "CreatorId", "UpdaterId"),
    "string": ("Name", "Code", "MeasurementUnit", "ImageUrl"),
    "number": ("UnitPrice",),
    "boolean": ("Suspended", "Editable", "Deletable"),
    "array": _LISTS,
}
_DATES = ("CreateDate", "LastUpdateDate")


def schema() -> dict[str, Any]:
    """Return the JSON schema of a product."""
    known = {name: {"type": [kind, "null"]} for kind, names in _TYPES.items() for name in names}
    dates = {name: {"type": ["string", "null"], "format": "date-time"} for name in _DATES}
    numbers = {name: {"type": ["integer", "null"]} for name in ("ImportationIdCreate", "ImportationIdUpdate")}
    return {"type": "object", "properties": {"Id": {"type": "integer"}, **known, **dates, **numbers}}


def option(name: str) -> dict[str, str]:
    """Name a parameter of the query."""
    return {"type": "RequestOption", "inject_into": "request_parameter", "field_name": name}


def manifest(url: str, since: str) -> dict[str, Any]:
    """Describe the source; with `since`, only what changed from then on is asked for."""
    asked = {"$orderby": "Id", "$expand": ",".join(_LISTS)}
    if since:
        asked["$filter"] = f"LastUpdateDate ge {since}"
    requester = {
        "type": "HttpRequester",
        "url_base": url,
        "path": "/Products",
        "http_method": "GET",
        "request_headers": {"User-Key": "bench"},
        "request_parameters": asked,
    }
    extractor = {"type": "DpathExtractor", "field_path": ["value"]}
    retriever = {
        "type": "SimpleRetriever",
        "requester": requester,
        "record_selector": {"type": "RecordSelector", "extractor": extractor},
        "paginator": {
            "type": "DefaultPaginator",
            "page_token_option": option("$skip"),
            "page_size_option": option("$top"),
            "pagination_strategy": {"type": "OffsetIncrement", "page_size": 300},
        },
    }
    return source([stream(retriever)])


def stream(retriever: dict[str, Any]) -> dict[str, Any]:
    """Describe the stream of products."""
    return {
        "type": "DeclarativeStream",
        "name": "products",
        "primary_key": ["Id"],
        "schema_loader": {"type": "InlineSchemaLoader", "schema": schema()},
        "retriever": retriever,
    }


def source(streams: list[dict[str, Any]]) -> dict[str, Any]:
    """Put streams into a manifest that asks for no settings."""
    settings = {"type": "object", "properties": {}, "additionalProperties": True}
    return {
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["products"]},
        "streams": streams,
        "spec": {"type": "Spec", "connection_specification": settings},
    }


def main() -> None:
    """Read the one stream into the cache, merged by Id."""
    place = urlsplit(os.environ["BENCH_DATABASE"])
    cache = PostgresCache(
        host=place.hostname or "",
        port=place.port or 0,
        username=place.username or "",
        password=place.password or "",
        database=place.path.lstrip("/"),
        schema_name="peer",
        cache_dir=os.environ["BENCH_STATE"],
    )
    described = manifest(os.environ["BENCH_SOURCE"], os.environ.get("BENCH_SINCE", ""))
    connector = ab.get_source("source-products", config={}, source_manifest=described, streams=["products"])
    connector.read(cache=cache, write_strategy="merge", skip_validation=True)


if __name__ == "__main__":
    main()
