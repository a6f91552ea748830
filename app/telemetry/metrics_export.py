"""Export the metrics of ``/metrics`` by OTLP as well, under the same names.

They are counted once, in the Prometheus registry; here its samples become OTLP's data points.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

import structlog
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricExporter,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric as Family
from prometheus_client.core import Sample

log = structlog.get_logger(__name__)

_CUMULATIVE = AggregationTemporality.CUMULATIVE
_SCOPE = InstrumentationScope("offbook")


class MetricsExport:
    """Export a registry every few seconds, in a thread of its own."""

    def __init__(
        self,
        registry: CollectorRegistry,
        resource: Resource,
        exporter: MetricExporter,
        seconds: float,
    ) -> None:
        self._registry = registry
        self._resource = resource
        self._exporter = exporter
        self._seconds = seconds
        self._started = time.time_ns()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics-export", daemon=True)

    def start(self) -> None:
        """Begin to export."""
        self._thread.start()

    def stop(self) -> None:
        """Export once more, and end."""
        self._stopping.set()
        self._thread.join()
        self._export()
        self._exporter.shutdown()

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            self._export()

    def _export(self) -> None:
        try:
            self._exporter.export(self.read(time.time_ns()))
        except Exception as error:  # the thread must outlive a collector that is away
            log.warning("metrics_not_exported", reason=str(error))

    def read(self, now: int) -> MetricsData:
        """Return the registry's present values; ``now``: nanoseconds since 1970."""
        metrics = [
            Metric(family.name, family.documentation, family.unit, data)
            for family in self._registry.collect()
            if (data := _data(family, self._started, now)) is not None
        ]
        scope = ScopeMetrics(_SCOPE, metrics, schema_url="")
        return MetricsData([ResourceMetrics(self._resource, [scope], schema_url="")])


def _data(family: Family, since: int, now: int) -> Sum | Gauge | Histogram | None:
    """Return a family's samples as data points; None for a kind that the service does not use."""
    if family.type == "histogram":
        return Histogram(list(_histograms(family, since, now)), _CUMULATIVE)
    if family.type == "counter":
        totals = (each for each in family.samples if each.name.endswith("_total"))
        return Sum(_numbers(totals, since, now), _CUMULATIVE, is_monotonic=True)
    if family.type == "gauge":
        return Gauge(_numbers(family.samples, since, now))
    return None


def _numbers(samples: Iterable[Sample], since: int, now: int) -> list[NumberDataPoint]:
    return [NumberDataPoint(each.labels, since, now, each.value) for each in samples]


def _histograms(family: Family, since: int, now: int) -> Iterator[HistogramDataPoint]:
    """Yield a data point for each set of labels; Prometheus counts what lies below each bound."""
    for labels, group in groupby(family.samples, _without_bound):
        samples = list(group)
        buckets = [each for each in samples if each.name.endswith("_bucket")]
        below = [0, *(int(each.value) for each in buckets)]
        yield HistogramDataPoint(
            attributes=dict(labels),
            start_time_unix_nano=since,
            time_unix_nano=now,
            count=below[-1],
            sum=next(each.value for each in samples if each.name.endswith("_sum")),
            bucket_counts=[after - before for before, after in pairwise(below)],
            explicit_bounds=[float(each.labels["le"]) for each in buckets[:-1]],
            min=None,  # type: ignore[arg-type]  # optional in OTLP, and unknown to Prometheus
            max=None,  # type: ignore[arg-type]
        )


def _without_bound(sample: Sample) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in sample.labels.items() if name != "le")
