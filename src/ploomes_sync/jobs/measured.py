"""Measures what jobs do: their time, what came of them, and the failures that no run knows of."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from ploomes_sync.store import failures
from ploomes_sync.store.db import Database
from ploomes_sync.store.jobs import WORK_RUN
from ploomes_sync.telemetry import metrics, traces


@asynccontextmanager
async def measured(db: Database, task: str, job_id: int) -> AsyncIterator[None]:
    """Measure one job; its log lines and spans carry the job's id."""
    started, outcome = time.perf_counter(), "stopped"
    with structlog.contextvars.bound_contextvars(job_id=job_id), traces.span("job", task=task, job_id=job_id):
        try:
            yield
            outcome = "succeeded"
        except Exception as error:
            outcome = "failed"
            if task != WORK_RUN:
                # A run counts its own failures.
                await failures.note(db, error, f"job {task}")
            raise
        finally:
            metrics.JOBS.labels(task, outcome).inc()
            metrics.JOB_SECONDS.labels(task).observe(time.perf_counter() - started)
