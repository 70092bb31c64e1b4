"""OpenTelemetry spans: with the extra `otel` and OTEL_EXPORTER_OTLP_ENDPOINT set; else they cost nothing.

A program that has set up OpenTelemetry by itself gets our spans through its own provider: `use` it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.metadata import version
from typing import TYPE_CHECKING

from ploomes_sync.telemetry.logs import Log

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider as SdkProvider
    from opentelemetry.trace import Tracer, TracerProvider

log = Log("product-sync:telemetry")
Value = str | int | float | bool

_NOTHING: AbstractContextManager[None] = nullcontext()
_tracer: Tracer | None = None


def span(name: str, **attributes: Value) -> AbstractContextManager[None]:
    """Trace the block as one span; attributes hold neither secrets nor data of products."""
    tracer = _tracer
    return _NOTHING if tracer is None else _span(tracer, name, attributes)


@contextmanager
def _span(tracer: Tracer, name: str, attributes: dict[str, Value]) -> Iterator[None]:
    with tracer.start_as_current_span(name, attributes=attributes):
        yield


def use(provider: TracerProvider | None) -> None:
    """Send spans to this provider; None switches them off."""
    global _tracer  # noqa: PLW0603 - tracing is on or off for the whole process
    _tracer = None if provider is None else provider.get_tracer("ploomes_sync")


@contextmanager
def exporting(endpoint: str) -> Iterator[None]:
    """Send spans to the collector at `endpoint` while the block runs; does nothing without one or the extra.

    The exporter reads its other settings (OTEL_EXPORTER_OTLP_HEADERS and so on) by itself.
    """
    provider = _provider(endpoint) if endpoint else None
    if provider is None:
        yield
        return
    use(provider)
    try:
        yield
    finally:
        use(None)
        provider.shutdown()


def _provider(endpoint: str) -> SdkProvider | None:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider as Provider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("traces.off", reason="the extra is missing: install ploomes-sync[otel]")
        return None
    provider = Provider(
        resource=Resource.create({"service.name": "ploomes-sync", "service.version": version("ploomes-sync")})
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")))
    return provider
