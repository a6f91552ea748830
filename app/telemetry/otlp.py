"""Send spans and metrics by OTLP over HTTP. Needs the extra ``otel``."""

from collections.abc import Callable
from importlib.metadata import version

from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from prometheus_client import CollectorRegistry

from app.settings.telemetry import TelemetrySettings
from app.telemetry.metrics_export import MetricsExport

_UNTRACED = "healthz,readyz,metrics,static/"
"""Parts of addresses whose requests are too many, and too alike, to be traced."""


def export_by_otlp(
    app: FastAPI, endpoint: str, settings: TelemetrySettings, registry: CollectorRegistry
) -> Callable[[], None]:
    """Begin to send the requests' spans and the metrics; return what sends the rest and stops."""
    resource = Resource.create(
        {"service.name": settings.service_name, "service.version": version("offbook")}
    )
    root = endpoint.rstrip("/")
    headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
    provider = TracerProvider(
        resource=resource, sampler=ParentBasedTraceIdRatio(settings.sample_ratio)
    )
    spans = OTLPSpanExporter(f"{root}/v1/traces", headers=headers, timeout=settings.timeout)
    provider.add_span_processor(BatchSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    FastAPIInstrumentor.instrument_app(
        app,
        tracer_provider=provider,
        excluded_urls=_UNTRACED,
        exclude_spans=["receive", "send"],
    )
    metrics = MetricsExport(
        registry,
        resource,
        OTLPMetricExporter(f"{root}/v1/metrics", headers=headers, timeout=settings.timeout),
        settings.metrics_seconds,
    )
    metrics.start()

    def stop() -> None:
        metrics.stop()
        provider.shutdown()

    return stop
