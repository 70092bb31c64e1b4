"""Measures the service on this machine; without a command, everything that the documentation holds."""

from __future__ import annotations

import asyncio
from typing import Annotated

from cyclopts import App, Parameter

from bench import catalogue, reads, search, throttled
from bench.peers import run, series
from ploomes_sync import telemetry

app = App(name="python -m bench", help=__doc__, version_flags=[])
Only = Annotated[str, Parameter(help="Only these programs, separated by commas.")]
Fresh = Annotated[bool, Parameter(help="Measure anew what has been measured already.")]


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


@app.command
def peers(
    products: int = 12_000, rounds: int = 3, only: Only = "", variants: str = "plain,indexed", *, fresh: Fresh = False
) -> None:
    """Compare the everyday work of all programs: first load, unchanged, 1 % changed, incremental."""
    run.peers(products, rounds, _names(only), _names(variants), fresh=fresh)


@app.command
def events(products: int = 12_000, only: Only = "", kinds: str = "", *, fresh: Fresh = False) -> None:
    """Compare how all programs bear churn, a kill and a bad record."""
    run.events(products, _names(only), _names(kinds), fresh=fresh)


@app.command(name="throttled")
async def keep_pace() -> int:
    """Hold a full sync against what the request budget alone forces."""
    return await throttled.main()


if __name__ == "__main__":
    telemetry.configure(json=False, level="error")
    app()
