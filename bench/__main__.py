"""Measures the service on this machine: against the simulator, or `search` and `reads` of a database."""

from __future__ import annotations

import asyncio
import sys

from bench import catalogue, reads, search, throttled
from ploomes_sync import telemetry

USAGE = "python -m bench [search DATABASE_URL | reads DATABASE_URL [PRODUCTS] | fill DATABASE_URL PRODUCTS]"


async def main(arguments: list[str]) -> int | str:
    """Run what was asked for; the database of `reads` and `fill` is filled with pretend products."""
    match arguments:
        case []:
            return await throttled.main()
        case ["search", dsn]:
            return await search.main(dsn)
        case ["reads", dsn]:
            return await reads.main(dsn, catalogue.BASE)
        case ["reads", dsn, products]:
            return await reads.main(dsn, int(products))
        case ["fill", dsn, products]:
            await catalogue.fill(dsn, int(products))
            return 0
        case _:
            return USAGE


if __name__ == "__main__":
    telemetry.configure(json=False, level="error")
    sys.exit(asyncio.run(main(sys.argv[1:])))
