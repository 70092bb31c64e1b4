"""Who is compared: how each is started, and where it puts the products."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
OURS = "ours"


@dataclass(frozen=True, slots=True)
class Peer:
    """One program in one configuration; `requirements` names its pinned packages, none for ours."""

    name: str
    title: str
    table: str
    columns: tuple[str, str, str, str]
    requirements: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def driver(self) -> Path:
        """The file that runs it."""
        return HERE / f"{self.requirements}_peer.py"

    def argv(self, environments: Path) -> list[str | Path]:
        """Return how to start it."""
        return [environments / self.requirements / "bin" / "python", self.driver]


_SNAKE = ("id", "name", "unit_price", "last_update_date")
_FLAT = ("id", "name", "unitprice", "lastupdatedate")
_QUIET = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
PEERS = {
    peer.name: peer
    for peer in (
        Peer(
            OURS,
            "ploomes-sync",
            "public.products_enhanced",
            ("ploomes_product_id::bigint", "name", "base_price", "source_updated_at"),
        ),
        Peer(
            "dlt",
            "dlt, CSV by COPY",
            "peer.products",
            _SNAKE,
            "dlt",
            {**_QUIET, "BENCH_FORMAT": "csv", "BENCH_MERGE": "delete-insert"},
        ),
        Peer(
            "dlt-parquet",
            "dlt, parquet by ADBC",
            "peer.products",
            _SNAKE,
            "dlt",
            {**_QUIET, "BENCH_FORMAT": "parquet", "BENCH_MERGE": "delete-insert"},
        ),
        Peer(
            "singer",
            "Singer, COPY",
            "peer.products",
            ('"Id"', '"Name"', '"UnitPrice"', '"LastUpdateDate"'),
            "singer",
            {"BENCH_ROWS": "10000", "SINGER_SDK_LOG_CONFIG": str(HERE / "singer_logging.json")},
        ),
        Peer(
            "airbyte",
            "PyAirbyte",
            "peer.products",
            _FLAT,
            "airbyte",
            {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1", "NO_COLOR": "1"},
        ),
        Peer("naive", "a simple loop", "public.products", _FLAT, "naive"),
    )
}


def ours(*arguments: str) -> list[str | Path]:
    """Return how to start our own command line, as its users do."""
    return [Path(sys.executable).with_name("ploomes-sync"), *arguments]
