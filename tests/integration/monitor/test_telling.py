"""What a sync leaves in logs, counters and traces."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import LogCapture

from harness import World, world
from ploomes_simulator.faults import Fault
from ploomes_sync.domain.run import Strategy
from ploomes_sync.engine.parts import ignore
from ploomes_sync.errors import RequestError
from ploomes_sync.store import failures
from ploomes_sync.telemetry import metrics, traces
from ploomes_sync.telemetry.metrics import total


@pytest.fixture
def log() -> Iterator[LogCapture]:
    before, capture = structlog.get_config(), LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture
    structlog.configure(**before)


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces.use(provider)
    yield exporter
    traces.use(None)
    provider.shutdown()


def test_every_line_about_a_run_carries_its_id(database_url: str, log: LogCapture) -> None:
    async def scenario() -> None:
        async with world(database_url, products=300) as it:
            run = await it.sync()

            told = {entry["event"]: entry.get("run_id") for entry in log.entries}
            assert {"run.claimed", "request.answered", "run.finished"} <= told.keys()
            assert set(told.values()) == {str(run.id)}

    asyncio.run(scenario())


def test_spans_stand_for_run_page_request_and_transaction(database_url: str, spans: InMemorySpanExporter) -> None:
    async def scenario() -> None:
        async with world(database_url, products=600) as it:
            run = await it.sync()

            finished = spans.get_finished_spans()
            names = Counter(span.name for span in finished)
            (whole,) = [span for span in finished if span.name == "run"]
            assert whole.attributes is not None
            assert whole.attributes["run_id"] == str(run.id)
            assert (names["page"], names["ploomes.request"]) == (run.outcome.pages, run.outcome.requests)
            assert names["postgres.transaction"] > names["page"]
            assert whole.context is not None
            within = [span.context for span in finished if span.name in {"page", "ploomes.request"}]
            inside = {context.trace_id for context in within if context}
            assert inside == {whole.context.trace_id}

    asyncio.run(scenario())


def counted() -> dict[str, float]:
    return {
        "pages": total(metrics.PAGES),
        "inserted": total(metrics.ROWS, outcome="inserted"),
        "unchanged": total(metrics.ROWS, outcome="unchanged"),
        "requests": total(metrics.PLOOMES_REQUESTS),
        "limited": total(metrics.PLOOMES_REQUESTS, outcome="rate_limited"),
        "retries": total(metrics.PLOOMES_RETRIES),
        "failures": total(metrics.FAILURES, error_class="rate_limit"),
    }


async def growth(it: World, **request: Strategy) -> tuple[dict[str, float], dict[str, float]]:
    before = counted()
    run = await it.sync(ignore, **request)
    done = run.outcome
    after = {name: value - before[name] for name, value in counted().items()}
    return after, {
        "pages": done.pages,
        "inserted": done.inserted,
        "unchanged": done.unchanged,
        "requests": done.requests,
        "limited": done.errors.get("rate_limit", 0),
        "retries": done.retries,
        "failures": done.errors.get("rate_limit", 0),
    }


def test_the_counters_of_the_process_agree_with_the_runs(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=600) as it:
            counted_first, told_first = await growth(it)
            it.simulator.script_fault(Fault.TOO_MANY, times=2, path="/Products")
            counted_second, told_second = await growth(it, strategy=Strategy.BATCH)

            assert counted_first == told_first
            assert counted_second == told_second
            assert counted_second["limited"] == 2

    asyncio.run(scenario())


def test_a_failure_outside_of_runs_is_counted_where_it_was_met(database_url: str) -> None:
    async def scenario() -> None:
        async with world(database_url, products=10) as it:
            for _ in range(2):
                await failures.note(it.db, RequestError("Ploomes refused."), "job webhook_health")

            (row,) = await it.rows("select error_class, endpoint, failures from ploomes_sync.error_stats")

            assert row == {"error_class": "validation", "endpoint": "job webhook_health", "failures": 2}

    asyncio.run(scenario())
