"""Measure how long a reply takes, for turns and stateless calls alike."""

import time

import structlog

from app.engines.port import Delta
from app.observability import Metrics

log = structlog.get_logger(__name__)


class ReplyTimes:
    """Measure a reply from its request on: in milliseconds, and as metrics."""

    def __init__(self, metrics: Metrics, started: float) -> None:
        """Measure from ``started``, a :func:`time.perf_counter` reading."""
        self._metrics = metrics
        self._started = started
        self._sent = started
        self.prepare_ms = 0.0
        """From the request until the engine got the prompt."""
        self.first_token_ms: float | None = None
        """From then until the engine's first text; None before it came."""

    def prompt_sent(self) -> None:
        """Note that the engine gets its prompt now."""
        self.prepare_ms = self.total_ms()
        self._metrics.prepare_seconds.observe(self.prepare_ms / 1_000)
        self._sent = time.perf_counter()

    def adapter_missing(self, adapter: str, model: str) -> None:
        """Note that the model answers without the adapter that is in force for the character."""
        log.warning("adapter_not_served", adapter=adapter, model=model)
        self._metrics.adapter_missing.inc()

    def delta_received(self, delta: Delta) -> None:
        """Note a piece of the reply, and what the engine read of the prompt."""
        if self.first_token_ms is None and delta.finish_reason is None:
            self.first_token_ms = _since(self._sent)
            self._metrics.first_token_seconds.observe(self.first_token_ms / 1_000)
        self._metrics.count_prompt(delta.usage)

    def total_ms(self) -> float:
        """Return the milliseconds since the request came."""
        return _since(self._started)


def _since(reading: float) -> float:
    """Return the milliseconds since a :func:`time.perf_counter` reading."""
    return round((time.perf_counter() - reading) * 1_000, 3)
