"""A Singer tap for the products, made with singer-sdk. Runs in Singer's own environment."""

from __future__ import annotations

import os
from typing import Any

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.helpers._typing import TypeConformanceLevel
from singer_sdk.pagination import BaseOffsetPaginator

ROWS = 300
_NUMBERS = ("GroupId", "FamilyId", "CurrencyId", "CreateImportId", "UpdateImportId", "CreatorId", "UpdaterId")
_DATES = ("CreateDate", "LastUpdateDate")
_LISTS = ("OtherProperties", "Lists", "Parts")
_ANYTHING = th.CustomType({"type": ["array", "null"], "items": {"type": ["object", "null"]}})


class Products(RESTStream[int]):  # type: ignore[misc]  # the library is not installed here
    """All products, or those changed since a date."""

    name = "products"
    path = "/Products"
    primary_keys = ("Id",)
    records_jsonpath = "$.value[*]"
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    schema = th.PropertiesList(
        th.Property("Id", th.IntegerType, required=True),
        th.Property("Name", th.StringType),
        th.Property("Code", th.StringType),
        th.Property("MeasurementUnit", th.StringType),
        th.Property("ImageUrl", th.StringType),
        th.Property("UnitPrice", th.NumberType),
        th.Property("Suspended", th.BooleanType),
        th.Property("Editable", th.BooleanType),
        th.Property("Deletable", th.BooleanType),
        th.Property("ImportationIdCreate", th.IntegerType),
        th.Property("ImportationIdUpdate", th.IntegerType),
        *(th.Property(name, th.IntegerType) for name in _NUMBERS),
        *(th.Property(name, th.DateTimeType) for name in _DATES),
        *(th.Property(name, _ANYTHING) for name in _LISTS),
    ).to_dict()

    @property
    def url_base(self) -> str:
        """Where the source is."""
        return os.environ["BENCH_SOURCE"]

    @property
    def http_headers(self) -> dict[str, str]:
        """The key."""
        return {"User-Key": "bench"}

    def get_new_paginator(self) -> BaseOffsetPaginator:
        """Page by `$skip`."""
        return BaseOffsetPaginator(start_value=0, page_size=ROWS)

    def get_url_params(self, _: object, next_page_token: int | None) -> dict[str, Any]:
        """Write the query of one page."""
        params = {"$orderby": "Id", "$top": ROWS, "$skip": next_page_token or 0, "$expand": ",".join(_LISTS)}
        since = os.environ.get("BENCH_SINCE")
        return {**params, "$filter": f"LastUpdateDate ge {since}"} if since else params


class ProductsTap(Tap):  # type: ignore[misc]  # the library is not installed here
    """The tap."""

    name = "tap-products"
    config_jsonschema = th.PropertiesList().to_dict()

    def discover_streams(self) -> list[Products]:
        """Name the one stream."""
        return [Products(self)]


if __name__ == "__main__":
    ProductsTap.cli()
