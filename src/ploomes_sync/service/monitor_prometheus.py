"""Renders a snapshot, and what this process counts, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ploomes_sync.domain.status import SystemStatus
from ploomes_sync.service.monitor_families import FAMILIES
from ploomes_sync.telemetry.metrics import REGISTRY


def render(status: SystemStatus) -> bytes:
    """Return the snapshot and the counters of this process as text; a figure that is not known is left out."""
    snapshot = CollectorRegistry()
    snapshot.register(_Snapshot(status))
    return generate_latest(snapshot) + generate_latest(REGISTRY)


class _Snapshot(Collector):
    def __init__(self, status: SystemStatus) -> None:
        self._status = status

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return every family with its samples."""
        for family in FAMILIES:
            found = GaugeMetricFamily(f"ploomes_sync_{family.name}", family.help, labels=family.labels)
            for labels, value in family.values(self._status):
                if value is not None:
                    number = value.timestamp() if isinstance(value, datetime) else value
                    found.add_metric(labels, float(number))
            yield found
