"""Read what an engine's server reports of itself: vLLM, or llama.cpp with ``--metrics``."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from prometheus_client.parser import text_string_to_metric_families

from app.engines.connection import LOST, EngineHttp, is_success
from app.engines.port import EngineError

_SECONDS = 1.5
_BYTES = 1_000_000
_SAMPLES = 50_000

# The names of vLLM, of its older versions, and of llama.cpp's server.
_RUNNING = ("vllm:num_requests_running", "llamacpp:requests_processing")
_WAITING = ("vllm:num_requests_waiting", "llamacpp:requests_deferred")
_CACHE = (
    "vllm:kv_cache_usage_perc",
    "vllm:gpu_cache_usage_perc",
    "llamacpp:kv_cache_usage_ratio",
)
_FIRST_TEXT = "vllm:time_to_first_token_seconds"


@dataclass(frozen=True, slots=True)
class ServerMetrics:
    """Hold what a server reports, of all its clients; None where it does not."""

    running: int | None
    waiting: int | None
    cache_used: float | None
    """Share of the cache of prompts and replies in use, 0 to 1."""
    first_token_seconds: float | None
    """The mean since the server's start."""


async def read_server_metrics(base_url: str, api_key: str | None) -> ServerMetrics | None:
    """Return what the server below ``base_url`` reports; None where it cannot be read.

    Takes two seconds at most, and follows no redirect.
    """
    http = EngineHttp(base_url, api_key, _SECONDS, reset=True)
    try:
        async with asyncio.timeout(_SECONDS):
            answer = await http.ask("GET", "/metrics", most_bytes=_BYTES)
    except (EngineError, *LOST):
        return None
    finally:
        await http.aclose()
    if not is_success(answer.status):
        return None
    return await asyncio.to_thread(parse_server_metrics, answer.body)  # a megabyte takes a second


def parse_server_metrics(body: bytes) -> ServerMetrics | None:
    """Return what Prometheus text says of an engine; None where it is none's."""
    try:
        samples = _samples(body.decode())
    except ValueError:
        return None
    found = ServerMetrics(
        running=_whole(_first(samples, _RUNNING, sum)),
        waiting=_whole(_first(samples, _WAITING, sum)),
        cache_used=_first(samples, _CACHE, max),
        first_token_seconds=_mean(samples, _FIRST_TEXT),
    )
    return None if found == ServerMetrics(None, None, None, None) else found


def _samples(text: str) -> dict[str, list[float]]:
    """Return the finite values of each sample, by name."""
    found: dict[str, list[float]] = {}
    families = text_string_to_metric_families(text)
    for sample in islice((one for each in families for one in each.samples), _SAMPLES):
        if abs(sample.value) < float("inf"):
            found.setdefault(sample.name, []).append(sample.value)
    return found


def _first(
    samples: dict[str, list[float]],
    names: Iterable[str],
    merged: Callable[[list[float]], float],
) -> float | None:
    """Return the first of these that is reported, merged over the server's engines."""
    return next((merged(samples[name]) for name in names if name in samples), None)


def _mean(samples: dict[str, list[float]], name: str) -> float | None:
    count = sum(samples.get(f"{name}_count", ()))
    return sum(samples.get(f"{name}_sum", ())) / count if count else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
