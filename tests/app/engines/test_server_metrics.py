"""What servers report of themselves, and that a bad report harms nothing."""

import pytest

from app.engines.server_metrics import ServerMetrics, parse_server_metrics, read_server_metrics

pytestmark = pytest.mark.anyio

VLLM = b"""\
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_running{engine="1",model_name="m"} 2.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="m"} 7.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.5
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{le="+Inf"} 4.0
vllm:time_to_first_token_seconds_count 4.0
vllm:time_to_first_token_seconds_sum 2.0
"""
LLAMA = b"""\
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing 1
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 4
"""


def test_vllm() -> None:
    assert parse_server_metrics(VLLM) == ServerMetrics(5, 7, 0.5, 0.5)


def test_llamacpp() -> None:
    assert parse_server_metrics(LLAMA) == ServerMetrics(1, 4, None, None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"<html>not found</html>",
        b"process_cpu_seconds_total 4.0\n",
        b"vllm:num_requests_running NaN\n",
        b"vllm:num_requests_running +Inf\n",
        b'vllm:num_requests_running{engine="0 3.0\n',
    ],
)
def test_what_says_nothing_of_an_engine(body: bytes) -> None:
    assert parse_server_metrics(body) is None


async def test_a_server_that_is_away() -> None:
    assert await read_server_metrics("http://127.0.0.1:9", None) is None
