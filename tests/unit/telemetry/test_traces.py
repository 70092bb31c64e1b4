from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ploomes_sync.telemetry import traces


@pytest.fixture
def told() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces.use(provider)
    yield exporter
    traces.use(None)
    provider.shutdown()


def test_spans_know_the_one_around_them_also_across_tasks(told: InMemorySpanExporter) -> None:
    async def page() -> None:
        with traces.span("page", rows=300):
            await asyncio.sleep(0)

    async def run() -> None:
        with traces.span("run", run_id="0b5f"):
            await asyncio.gather(page(), page())

    asyncio.run(run())

    first, second, outer = told.get_finished_spans()
    assert [first.name, second.name, outer.name] == ["page", "page", "run"]
    assert dict(first.attributes or {}) == {"rows": 300}
    assert outer.context is not None
    assert {span.parent.span_id for span in (first, second) if span.parent} == {outer.context.span_id}


def test_an_error_shows_in_its_span(told: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="no"), traces.span("page"):
        raise ValueError("no")

    (span,) = told.get_finished_spans()
    assert not span.status.is_ok


def test_switched_off_a_span_costs_next_to_nothing() -> None:
    began = time.perf_counter()
    for _ in range(10_000):
        with traces.span("page", rows=300):
            pass

    assert time.perf_counter() - began < 0.5


def test_spans_go_to_the_collector_and_the_last_ones_with_the_end() -> None:
    received: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with traces.exporting(f"http://127.0.0.1:{server.server_port}/"), traces.span("a span of the test"):
            pass
        server.shutdown()
        thread.join()

    ((path, body),) = received
    assert path == "/v1/traces"
    assert b"a span of the test" in (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)


def test_without_the_extra_the_service_says_so_and_works() -> None:
    program = """
import sys
sys.modules["opentelemetry"] = None
from ploomes_sync import telemetry
from ploomes_sync.telemetry import traces
telemetry.configure(json=True)
with traces.exporting("http://localhost:4318"), traces.span("run"):
    print("worked")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own program

    assert done.stdout == "worked\n"
    assert "traces.off" in done.stderr


def test_without_an_endpoint_nothing_is_loaded() -> None:
    program = """
import sys
from ploomes_sync.telemetry import traces
with traces.exporting(""), traces.span("run"):
    print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own program

    assert done.stdout == "[]\n"
