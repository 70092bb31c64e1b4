"""Serve the source in a process of its own: `python -m bench.source PRODUCTS PORT_FILE`.

Below /_source a bench plays with it; every answer is JSON, every request a GET:

    /_source/stats     requests, rows and bytes of products served, seconds of CPU
    /_source/reset     count anew
    /_source/settings  visible: serve only so many products; edits, creates, deletes: changes around each page
    /_source/edit      share: edit so much of the catalogue
    /_source/poison    kind: make one product in the middle unreadable in this way
    /_source/restore   undo the poisoning
    /_source/truth     path: write what a mirror is held against into this file
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from urllib.parse import parse_qsl

import msgspec

from bench.source.query import Query, QueryError, parse
from bench.source.shop import BASE, Shop
from ploomes_simulator.answers import Request
from ploomes_simulator.resources import Resources
from ploomes_simulator.settings import SimulatorSettings
from ploomes_simulator.simulator import Simulator

_HEAD = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_CONTEXT = b'{"@odata.context":"https://public9-api2.ploomes.com/$metadata#Products"'
POISONS: dict[str, dict[str, object]] = {
    "nul": {"Name": "Filtro \0 de ar"},
    "number": {"UnitPrice": "doze reais"},
    "text": {"Name": None},
}


class Source:
    """Answers requests from memory and keeps count of them."""

    def __init__(self, products: int) -> None:
        simulator = Simulator(SimulatorSettings(products=min(products, BASE)), time.time)
        self._tables = Resources(simulator)
        self._shop = Shop(simulator, products)
        self._churn = {"edits": 0, "creates": 0, "deletes": 0}
        self._visible = 0
        self._served = {"requests": 0, "pages": 0, "rows": 0, "bytes": 0}
        self._control = {
            "stats": self._stats,
            "reset": self._reset,
            "settings": self._settings,
            "edit": self._edit,
            "poison": self._poison,
            "restore": self._restore,
            "truth": self._truth,
        }

    def answer(self, target: str) -> tuple[int, bytes]:
        """Return status and body of a GET."""
        path, _, query = target.partition("?")
        if path.startswith("/_source/"):
            return 200, msgspec.json.encode(self._control[path.removeprefix("/_source/")](dict(parse_qsl(query))))
        self._served["requests"] += 1
        if path != "/Products":
            found = self._tables.answer(Request("GET", path, query, {}))
            return found.status, found.body
        try:
            asked = parse(query)
        except QueryError as error:
            return 400, msgspec.json.encode({"error": f"this source does not know {error}"})
        body = self._products(asked)
        self._served["pages"] += 1
        self._served["bytes"] += len(body)
        return 200, body

    def _products(self, asked: Query) -> bytes:
        rows, count = self._shop.page(asked)
        if self._visible:
            rows, count = rows[: max(0, self._visible - asked.skip)], min(count, self._visible)
            rows = [] if asked.after >= self._shop.ids[self._visible - 1] else rows
        self._served["rows"] += len(rows)
        if any(self._churn.values()):
            self._shop.churn(**self._churn)
        told = b',"@odata.count":%d' % count if asked.count else b""
        return b"%b%b,%b:[%b]}" % (_CONTEXT, told, b'"value"', b",".join(rows))

    def _stats(self, _: dict[str, str]) -> dict[str, object]:
        ids = self._shop.ids
        return {**self._served, "products": len(ids), "last_id": ids[-1], "cpu": time.process_time()}

    def _reset(self, _: dict[str, str]) -> dict[str, object]:
        self._served = dict.fromkeys(self._served, 0)
        return self._stats({})

    def _settings(self, given: dict[str, str]) -> dict[str, object]:
        self._visible = int(given.pop("visible", self._visible))
        self._churn.update({name: int(value) for name, value in given.items()})
        return {**self._churn, "visible": self._visible}

    def _edit(self, given: dict[str, str]) -> dict[str, object]:
        return {"edited": self._shop.edit_share(float(given["share"]))}

    def _poison(self, given: dict[str, str]) -> dict[str, object]:
        chosen = self._shop.ids[len(self._shop.ids) // 2]
        self._shop.put(chosen, POISONS[given["kind"]])
        return {"id": chosen}

    def _restore(self, _: dict[str, str]) -> dict[str, object]:
        self._shop.restore()
        return {}

    def _truth(self, given: dict[str, str]) -> dict[str, object]:
        with Path(given["path"]).open("wb") as file:
            rows = map(msgspec.structs.astuple, self._shop.known())
            file.writelines(msgspec.json.encode(row) + b"\n" for row in rows)
        return {}


class _Talk(asyncio.Protocol):
    """One kept-alive connection."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while b"\r\n\r\n" in self._heard:
            head, _, self._heard = self._heard.partition(b"\r\n\r\n")
            status, body = self._source.answer(head.split(b" ", 2)[1].decode())
            self._transport.writelines([_HEAD % (status, len(body)), body])


async def main(products: int, port_file: Path) -> None:
    """Serve until the process that started this one ends."""
    source, parent = Source(products), os.getppid()
    server = await asyncio.get_running_loop().create_server(lambda: _Talk(source), "127.0.0.1", 0)
    draft = port_file.with_suffix(".draft")
    draft.write_text(str(server.sockets[0].getsockname()[1]))
    draft.rename(port_file)
    while os.getppid() == parent:  # noqa: ASYNC110 - no event tells of a parent's death
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
