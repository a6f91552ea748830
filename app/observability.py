"""Configure structured logs, and collect the metrics of the service."""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import structlog
from opentelemetry import trace
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.db.base import utc_now
from app.engines.port import ReplicaHealth, Usage
from app.settings import Settings

_LEVELS = logging.getLevelNamesMapping()


def _drop_color_message(
    _: Any, __: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop the copy of a message that uvicorn adds with terminal colours."""
    event.pop("color_message", None)
    return event


def _add_trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the ids of the present span, where the request is traced."""
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event["trace"] = trace.format_trace_id(span.trace_id)
        event["span"] = trace.format_span_id(span.span_id)
    return event


def configure_logging(settings: Settings) -> None:
    """Send the logs of the service and of its libraries to standard error in one form."""
    level = _LEVELS[settings.log_level.upper()]
    console = settings.log_format == "console" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _drop_color_message,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Plain tracebacks: rich ones show local variables, and users' messages are among them.
    rendered: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "alembic", "faiss", "uvicorn"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


class Metrics:
    """Hold the metrics of one application, in a registry of its own: a process may run several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.started_at = utc_now()
        self.turns = Counter(
            "offbook_turns", "Turns by outcome.", ["outcome"], registry=self.registry
        )
        self.waiting_turns = Gauge(
            "offbook_waiting_turns", "Turns waiting for the engine.", registry=self.registry
        )
        self.rejected_turns = Counter(
            "offbook_rejected_turns",
            "Turns refused because too many waited.",
            registry=self.registry,
        )
        self.running_turns = Gauge(
            "offbook_running_turns", "Turns that stream now.", registry=self.registry
        )
        self.space_without_worker = Gauge(
            "offbook_space_without_worker",
            "1 in a web process for whose embedder no worker was seen for ten minutes.",
            registry=self.registry,
        )
        buckets = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
        self.prepare_seconds = Histogram(
            "offbook_turn_prepare_seconds",
            "From a turn's request to its prompt being sent to the engine.",
            registry=self.registry,
            buckets=buckets,
        )
        self.first_token_seconds = Histogram(
            "offbook_turn_first_token_seconds",
            "From the prompt being sent to the engine's first token.",
            registry=self.registry,
            buckets=buckets,
        )
        self._prompt_tokens = Counter(
            "offbook_prompt_tokens",
            "Prompt tokens whose cached part the engine reported.",
            registry=self.registry,
        )
        self._cached_tokens = Counter(
            "offbook_cached_prompt_tokens",
            "Those of them that the engine found in its prompt cache.",
            registry=self.registry,
        )
        self.reply_offences = Counter(
            "offbook_reply_offences",
            "First sentences and later ones that the screen of replies found fault with.",
            ["offence"],
            registry=self.registry,
        )
        self.adapter_missing = Counter(
            "offbook_adapter_missing",
            "Replies of the model alone, because the engine did not serve the character's adapter.",
            registry=self.registry,
        )
        self.reply_redraws = Counter(
            "offbook_reply_redraws",
            "Replies drawn again before anything was shown.",
            registry=self.registry,
        )
        self.replies_given_up = Counter(
            "offbook_replies_given_up",
            "Replies whose last draw failed too; the least bad was shown.",
            registry=self.registry,
        )
        self.replies_cut = Counter(
            "offbook_replies_cut",
            "Replies ended before a later sentence that failed.",
            registry=self.registry,
        )
        self.moderation_verdicts = Counter(
            "offbook_moderation_verdicts",
            "What moderation found in messages and replies, by what followed; `pass`: nothing.",
            ["side", "source", "action"],
            registry=self.registry,
        )
        self.moderation_failures = Counter(
            "offbook_moderation_failures",
            "Texts that a moderator had no verdict on: away, too slow, unreadable.",
            ["source", "kind"],
            registry=self.registry,
        )
        self.moderation_seconds = Histogram(
            "offbook_moderation_seconds",
            "From a text being given to a moderator to its verdict, or its failure.",
            ["source"],
            registry=self.registry,
            buckets=(0.001, 0.005, *buckets[1:-1]),
        )
        self.blob_seconds = Histogram(
            "offbook_blob_seconds",
            "Calls of a place outside the database where pictures and files are kept.",
            ["place", "operation"],
            registry=self.registry,
            buckets=buckets,
        )
        self.blob_failures = Counter(
            "offbook_blob_failures",
            "Those that failed: away, too slow, refused, or without the file.",
            ["place", "operation"],
            registry=self.registry,
        )
        self.embedded_keys = Counter(
            "offbook_embedded_keys", "Keys embedded while indexing.", registry=self.registry
        )
        self.index_recall = Histogram(
            "offbook_index_recall",
            "Recall at 20 of the indexes that were loaded, measured where it can be below 1.",
            ["kind"],
            registry=self.registry,
            buckets=(0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 1.0),
        )

    def now(self, name: str) -> int:
        """Return the present value of a metric without labels: ``offbook_running_turns``."""
        return int(self.registry.get_sample_value(name) or 0)

    def watch_replicas(self, replicas: Callable[[], Sequence[ReplicaHealth]]) -> None:
        """Report the health of the engine's servers at every scrape."""
        self.registry.register(_ReplicaCollector(replicas))

    def watch_engine(self, failures: Callable[[], Mapping[str, int]]) -> None:
        """Report the engine's failures by kind, at every scrape."""
        self.registry.register(_FailureCollector(failures))

    def count_prompt(self, usage: Usage | None) -> None:
        """Count a prompt's tokens where the engine reports how many of them were cached."""
        if usage is not None and usage.cached_tokens is not None:
            self._prompt_tokens.inc(usage.prompt_tokens)
            self._cached_tokens.inc(usage.cached_tokens)


class _FailureCollector(Collector):
    """Collect the engine's failures when ``/metrics`` is requested."""

    def __init__(self, failures: Callable[[], Mapping[str, int]]) -> None:
        self._failures = failures

    def collect(self) -> Iterator[Metric]:
        errors = CounterMetricFamily(
            "offbook_engine_errors",
            "Calls of the engine that failed: away, overloaded, too slow, refused.",
            labels=["kind"],
        )
        for kind, count in sorted(self._failures().items()):
            errors.add_metric([kind], count)
        yield errors


class _ReplicaCollector(Collector):
    """Collect the replicas' health when ``/metrics`` is requested."""

    def __init__(self, replicas: Callable[[], Sequence[ReplicaHealth]]) -> None:
        self._replicas = replicas

    def collect(self) -> Iterator[Metric]:
        available = GaugeMetricFamily(
            "offbook_engine_replica_available",
            "Whether a server of the engine is asked, 0 or 1; numbered as in the settings.",
            labels=["replica"],
        )
        outstanding = GaugeMetricFamily(
            "offbook_engine_replica_outstanding",
            "Requests that it answers now.",
            labels=["replica"],
        )
        failures = CounterMetricFamily(
            "offbook_engine_replica_failures",
            "Requests that it did not answer: away, overloaded, too slow.",
            labels=["replica"],
        )
        for each in self._replicas():
            number = [str(each.number)]
            available.add_metric(number, float(each.available))
            outstanding.add_metric(number, float(each.outstanding))
            failures.add_metric(number, float(each.failures))
        yield from (available, outstanding, failures)
