"""A realistic load on the service: `python -m bench.load [SECONDS [USERS]]`; fails when any request does.

The service runs on DATABASE_URL if that is set, which gets pretend products, and on an embedded database if not.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.catalogue import BASE
from bench.service import service
from bench.simulator import simulator

LOCUST = Path(".cache/load/bin/locust")
PRODUCTS = "/api/sync/products"
HIT_RATE = 0.7


async def main(seconds: int, users: int) -> int:
    """Fill, load, and print latencies by kind, hit rate and errors; returns 1 on an error."""
    with (
        simulator("--products", str(BASE), "--rate-per-minute", "0", "--churn-per-second", "2") as source,
        tempfile.TemporaryDirectory() as folder,
    ):
        # As root the embedded server runs as another account, which must be able to enter.
        await asyncio.to_thread(Path(folder).chmod, 0o755)
        key = secrets.token_hex(16)
        environment = {
            "PLOOME_API_URL": source,
            "PLOOME_API_KEY": "load",
            "API_RATE_LIMIT_PER_MINUTE": "0",
            "HTTP_RATE_LIMIT_PER_MINUTE": "0",
            "PLOOMES_WEBHOOK_SECRET": key,
            "PLOOMES_SYNC_DATA": folder,
        }
        async with service(environment) as url:
            await asyncio.to_thread(ask, f"{url}{PRODUCTS}/full", "POST", {"Prefer": "wait=120"})
            ids = Path(folder) / "ids"
            ids.write_text("\n".join(await asyncio.to_thread(all_ids, url)))
            options = ["--headless", "--only-summary", "--users", str(users), "--spawn-rate", str(users)]
            locust = await asyncio.create_subprocess_exec(
                LOCUST, "-f", "bench/locustfile.py", "--host", url, "--run-time", f"{seconds}s", *options,
                env={**os.environ, "LOAD_IDS": str(ids), "LOAD_WEBHOOK_KEY": key},
            )  # fmt: skip
            failed = await locust.wait()
            status = await asyncio.to_thread(ask, f"{url}{PRODUCTS}/status")
    rate = status["cache"]["total"]["hit_rate"]
    print(f"cache hit rate {rate:.1%} (goal > {HIT_RATE:.0%}); {'errors, see above' if failed else 'no errors'}")
    return 1 if failed else 0


def ask(url: str, method: str = "GET", headers: dict[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON of an answer; raises HTTPError when it is an error."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    body = b"{}" if method == "POST" else None
    request = urllib.request.Request(url, body, sent, method=method)  # noqa: S310 - our own loopback address
    with urllib.request.urlopen(request, timeout=180) as answer:  # noqa: S310 - likewise
        return json.load(answer)


def all_ids(url: str) -> list[str]:
    """List the ids of all products by paging through the search, in a mixed order."""
    found: list[str] = []
    after = ""
    while True:
        page = ask(f"{url}{PRODUCTS}/search?limit=500&sort=updated{after}")
        found += [hit["ploomes_product_id"] for hit in page["items"]]
        if not page.get("next"):
            return found
        after = f"&after={quote(page['next'])}"


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*(int(given) for given in [*sys.argv[1:], "30", "20"][:2]))))
