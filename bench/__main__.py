"""Measures the service on this machine and writes docs/benchmarks.md; without a command, everything.

What has been measured already is kept in .cache/bench/results and not measured again, unless --fresh is given.
"""

from __future__ import annotations

import signal
import sys
from typing import Annotated

from cyclopts import App, Parameter

from bench import catalogue, ceiling, footprint, reads, report, results, scale, search, stages, throttled
from bench.peers import run
from ploomes_sync import telemetry

app = App(name="python -m bench", help=__doc__, version_flags=[])
Names = Annotated[str, Parameter(help="Separated by commas; empty means all.")]
Fresh = Annotated[bool, Parameter(help="Measure anew what has been measured already.")]
SIZES = "12000,50000"
SCALES = "12000,120000,1200000"


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


@app.default
async def everything(*, fresh: Fresh = False) -> int:
    """Measure everything that the documentation holds, and write it; that takes an hour or more."""
    missed = await throttled.main()
    for products in map(int, _names(SIZES)):
        run.peers(products, 3, (), ("plain", "indexed"), fresh=fresh)
    run.events(int(_names(SIZES)[0]), (), (), fresh=fresh)
    scale.scale([int(size) for size in _names(SCALES)], fresh=fresh)
    stages.stages(int(_names(SIZES)[-1]), fresh=fresh)
    ceiling.ceiling(fresh=fresh)
    footprint.footprint(fresh=fresh)
    report.report()
    return missed


@app.command
def peers(
    products: int = 12_000,
    rounds: int = 3,
    only: Names = "",
    variants: Names = "plain,indexed",
    *,
    fresh: Fresh = False,
) -> None:
    """Compare the everyday work of all programs: first load, unchanged, 1 % changed, incremental."""
    run.peers(products, rounds, _names(only), _names(variants), fresh=fresh)


@app.command
def events(products: int = 12_000, only: Names = "", kinds: Names = "", *, fresh: Fresh = False) -> None:
    """Compare how all programs bear churn, a kill and a bad record."""
    run.events(products, _names(only), _names(kinds), fresh=fresh)


@app.command(name="scale")
def larger(sizes: Names = SCALES, *, fresh: Fresh = False) -> None:
    """Measure our program on ever larger catalogues."""
    scale.scale([int(size) for size in _names(sizes)], fresh=fresh)


@app.command(name="stages")
def inside(products: int = 50_000, *, fresh: Fresh = False) -> None:
    """Tell where the time of a first load goes, and what a bare COPY needs."""
    stages.stages(products, fresh=fresh)


@app.command(name="ceiling")
def sources(*, fresh: Fresh = False) -> None:
    """Measure how fast the sources themselves are."""
    ceiling.ceiling(fresh=fresh)


@app.command(name="footprint")
def weight(*, fresh: Fresh = False) -> None:
    """Measure what the shortest commands, an idle service and the installation weigh."""
    footprint.footprint(fresh=fresh)


@app.command(name="report")
def write() -> None:
    """Write the documentation from what has been measured so far."""
    report.report()


@app.command
def forget() -> None:
    """Throw all results away, as after a change of what is measured."""
    for path in results.RESULTS.glob("*.json"):
        path.unlink()


@app.command(name="throttled")
async def pace() -> int:
    """Hold a full sync against what the request budget alone forces."""
    return await throttled.main()


@app.command(name="search")
async def searches(dsn: str) -> int:
    """Measure searches in a database, kind by kind."""
    return await search.main(dsn)


@app.command(name="reads")
async def over_http(dsn: str, products: int = catalogue.BASE) -> int:
    """Measure reads and searches over HTTP, on a database that is filled with pretend products if need be."""
    return await reads.main(dsn, products)


@app.command
async def fill(dsn: str, products: int) -> None:
    """Fill a database with so many pretend products."""
    await catalogue.fill(dsn, products)


def _stop(number: int, _: object) -> None:
    """Leave every block, so that no server and no program stays behind."""
    sys.exit(128 + number)


if __name__ == "__main__":
    for stops in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stops, _stop)
    telemetry.configure(json=False, level="error")
    sys.exit(app())
