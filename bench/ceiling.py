"""How fast the sources themselves are: pages read by a client that does nothing with them."""

from __future__ import annotations

import http.client
import re
import time
from urllib.parse import urlsplit

from bench import results
from bench.simulator import simulator
from bench.source.process import source

PRODUCTS = 12_000
_SECONDS = 5.0
_LAST = re.compile(rb'\{"Id":(\d+),"GroupId"')
_PAGE = "/Products?$filter=Id%20gt%20{}&$orderby=Id&$top=300&$expand=OtherProperties,Lists,Parts&$count=true"


def ceiling(*, fresh: bool) -> None:
    """Measure both sources one after the other."""
    key = ("ceiling", PRODUCTS, "source", 0)
    if not fresh and results.has(*key):
        return
    told = {}
    with source(PRODUCTS) as origin:
        before = origin.ask("stats")
        told["source"] = _rows_per_second(origin.url)
        after = origin.ask("stats")
        told["source_by_cpu"] = (after["rows"] - before["rows"]) / (after["cpu"] - before["cpu"])
    with simulator("--products", str(PRODUCTS), "--rate-per-minute", "0") as url:
        _rows_per_second(url)
        told["simulator"] = _rows_per_second(url)
    results.save(told, *key)
    print(told, flush=True)


def _rows_per_second(url: str) -> float:
    """Walk the catalogue by key, round and round, on one connection."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    rows, after, began = 0, 0, time.perf_counter()
    while time.perf_counter() - began < _SECONDS:
        connection.request("GET", _PAGE.format(after), headers={"User-Key": "bench"})
        body = connection.getresponse().read()
        found = _LAST.search(body, max(0, body.rfind(b',"FamilyId":') - 80))
        after = int(found[1]) if found else 0
        rows += body.count(b',"FamilyId":')
    connection.close()
    return rows / (time.perf_counter() - began)
