"""What this process counts as it goes; figures of the whole installation come from the database instead.

Labels hold only words of ours: never an id, a query or a path as it was asked for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram

from ploomes_sync.domain.run import Outcome

REGISTRY = CollectorRegistry()
"""Our own, so that a program which mounts the service keeps its registry to itself."""

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)
_LONG = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)

PLOOMES_REQUESTS = Counter(
    "ploomes_sync_ploomes_requests",
    "Requests to Ploomes by what came of them: ok, rate_limited, timeout, garbled, failed (unreachable, 5xx), "
    "or a refusal such as refused_403. Each took one turn of the account's budget.",
    ["endpoint", "outcome"],
    registry=REGISTRY,
)
PLOOMES_SECONDS = Histogram(
    "ploomes_sync_ploomes_request_seconds",
    "Seconds from sending a request to Ploomes to its whole answer, or to its failure; waiting for a turn of the "
    "budget is not in it.",
    ["endpoint"],
    buckets=_SLOW,
    registry=REGISTRY,
)
PLOOMES_RETRIES = Counter(
    "ploomes_sync_ploomes_retries",
    "Requests to Ploomes that repeated a failed one. Many of them mean that Ploomes or the network is unwell.",
    registry=REGISTRY,
)
BUDGET_WAIT = Histogram(
    "ploomes_sync_budget_wait_seconds",
    "Seconds that a request waited for its turn of the budget, by lane. Long waits of the real-time lane "
    "mean that the account's limit is used up.",
    ["lane"],
    buckets=_SLOW,
    registry=REGISTRY,
)
BREAKER_OPENED = Counter(
    "ploomes_sync_breaker_opened",
    "How often this process stopped asking Ploomes because it failed repeatedly.",
    registry=REGISTRY,
)
TUNER_STEPS = Counter(
    "ploomes_sync_tuner_steps",
    "Decisions of the self-tuning on rows a page and requests in flight (lanes): up or down.",
    ["what", "direction"],
    registry=REGISTRY,
)
PAGES = Counter(
    "ploomes_sync_pages", "Pages that this process has read from Ploomes and committed.", registry=REGISTRY
)
ROWS = Counter(
    "ploomes_sync_rows",
    "Products that this process has read, by what came of them: inserted, updated, unchanged, deleted, restored, "
    "rejected (now in quarantine) or stale (ours was newer).",
    ["outcome"],
    registry=REGISTRY,
)
TRANSACTION_SECONDS = Histogram(
    "ploomes_sync_transaction_seconds",
    "Seconds of one database transaction, the wait for a connection included, by whether it was committed.",
    ["outcome"],
    buckets=_QUICK,
    registry=REGISTRY,
)
HTTP_REQUESTS = Counter(
    "ploomes_sync_http_requests",
    "Requests that the HTTP API has answered, by route (a pattern, not a path), method and status.",
    ["route", "method", "status"],
    registry=REGISTRY,
)
HTTP_SECONDS = Histogram(
    "ploomes_sync_http_request_seconds",
    "Seconds that the HTTP API took to answer, by route.",
    ["route"],
    buckets=_QUICK,
    registry=REGISTRY,
)
WEBHOOKS = Counter(
    "ploomes_sync_webhooks",
    "Messages to the webhook endpoint by verdict: queued, ignored, malformed, or refused without a valid key.",
    ["verdict"],
    registry=REGISTRY,
)
JOBS = Counter(
    "ploomes_sync_jobs", "Jobs that this process has worked on, by task and outcome.", ["task", "outcome"],
    registry=REGISTRY,
)  # fmt: skip
JOB_SECONDS = Histogram(
    "ploomes_sync_job_seconds", "Seconds that a job took, by task.", ["task"], buckets=_LONG, registry=REGISTRY
)
FAILURES = Counter(
    "ploomes_sync_failures",
    "Failures that this process has met, by class: network, rate_limit, database, validation, authentication.",
    ["error_class"],
    registry=REGISTRY,
)
Metric = Counter | Histogram

_OUTCOMES = ("inserted", "updated", "unchanged", "deleted", "restored", "rejected", "stale")
_KEY = re.compile(r"\([^)]*\)")


def endpoint(target: str) -> str:
    """Return the path of a Ploomes URL without query and keys: few enough to be a label."""
    return _KEY.sub("", target.partition("?")[0])


def total(metric: Metric, suffix: str = "_total", **labels: str) -> float:
    """Return the sum over all series of a metric that carry these labels; histograms have `_sum` and `_count`."""
    return sum(
        sample.value
        for family in metric.collect()
        for sample in family.samples
        if sample.name.endswith(suffix) and labels.items() <= sample.labels.items()
    )


def count_outcome(done: Outcome) -> None:
    """Count what one commit of a run has done."""
    PAGES.inc(done.pages)
    for name in _OUTCOMES:
        ROWS.labels(name).inc(max(0, getattr(done, name)))


@contextmanager
def timed_transaction() -> Iterator[None]:
    """Measure one transaction and whether it was committed."""
    started, outcome = time.perf_counter(), "rolled_back"
    try:
        yield
        outcome = "committed"
    finally:
        TRANSACTION_SECONDS.labels(outcome).observe(time.perf_counter() - started)
