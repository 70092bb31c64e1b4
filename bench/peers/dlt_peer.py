"""dlt: its REST source into PostgreSQL, merged by Id. Runs in dlt's own environment."""

from __future__ import annotations

import os

import dlt
from dlt.sources.rest_api import rest_api_source
from dlt.sources.rest_api.typing import RESTAPIConfig

EXPAND = "OtherProperties,Lists,Parts"


def config(url: str, since: str) -> RESTAPIConfig:
    """Describe the one endpoint; with `since`, only what changed from then on is asked for."""
    params = {"$orderby": "Id", "$expand": EXPAND, "$count": "true"}
    if since:
        params["$filter"] = f"LastUpdateDate ge {since}"
    return {
        "client": {
            "base_url": url,
            "headers": {"User-Key": "bench"},
            "paginator": {
                "type": "offset",
                "limit": 300,
                "offset_param": "$skip",
                "limit_param": "$top",
                "total_path": "'@odata.count'",
            },
        },
        "resources": [
            {
                "name": "products",
                "primary_key": "Id",
                "write_disposition": {"disposition": "merge", "strategy": os.environ["BENCH_MERGE"]},
                "max_table_nesting": 0,
                "endpoint": {"path": "Products", "params": params, "data_selector": "value"},
            }
        ],
    }


def main() -> None:
    """Run one pipeline; what it must know of earlier runs it reads from the database."""
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=os.environ["BENCH_STATE"],
        destination=dlt.destinations.postgres(os.environ["BENCH_DATABASE"]),
        dataset_name="peer",
    )
    source = rest_api_source(config(os.environ["BENCH_SOURCE"], os.environ.get("BENCH_SINCE", "")))
    pipeline.run(source, loader_file_format=os.environ["BENCH_FORMAT"])


if __name__ == "__main__":
    main()
