"""The source in a process of its own, for as long as a block."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode


class Source:
    """What a bench may ask of a running source."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, what: str, **given: object) -> dict[str, Any]:
        """Send one of the commands of `bench.source`."""
        url = f"{self.url}/_source/{what}?{urlencode(given)}"
        with urllib.request.urlopen(url, timeout=600) as answer:  # noqa: S310 - our own loopback address
            told: dict[str, Any] = json.load(answer)
        return told

    def truth(self) -> Iterator[tuple[int, Any, Any, str | None]]:
        """Yield id, name, price and date of every product, in the order of ids."""
        with tempfile.NamedTemporaryFile() as file:
            self.ask("truth", path=file.name)
            with Path(file.name).open(encoding="utf-8") as lines:
                for line in lines:
                    product_id, name, price, date = json.loads(line)
                    yield product_id, name, price, date


@contextmanager
def source(products: int) -> Iterator[Source]:
    """Start a source with so many products."""
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        argv = [sys.executable, "-m", "bench.source", str(products), str(port_file)]
        with subprocess.Popen(argv) as process:  # noqa: S603 - our own program
            try:
                while not port_file.exists():
                    if process.poll() is not None:
                        raise RuntimeError("the source did not start")
                    time.sleep(0.05)
                yield Source(int(port_file.read_text()))
            finally:
                process.terminate()
