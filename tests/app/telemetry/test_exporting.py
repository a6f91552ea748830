"""What a collector gets of a turn, from a service in a process of its own."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.app.serving import open_conversation
from tests.app.telemetry.collector import Collector, collecting
from tests.app.test_killed import Service, service

SECRET = "the-collectors-own-key"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Collector, list[dict[str, Any]], str]:
    """One turn: what the collector has, what was logged, and the id of the request."""
    folder = tmp_path_factory.mktemp("traced")
    with collecting() as collector:
        settings = {
            "OFFBOOK_TELEMETRY__ENDPOINT": collector.address,
            "OFFBOOK_TELEMETRY__HEADERS": json.dumps({"X-Key": SECRET}),
            "OFFBOOK_TELEMETRY__SERVICE_NAME": "offbook-1",
            "OFFBOOK_TELEMETRY__METRICS_SECONDS": "3600",
            "OFFBOOK_LOG_REQUESTS": "true",
            "OFFBOOK_LOG_FORMAT": "json",
        }
        with service(folder, **settings) as running:
            request = _talk(running)
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(20) == 0
            logged = [json.loads(row) for row in running.log.read_text().splitlines()]
    return collector, logged, request


def _talk(running: Service) -> str:
    conversation = open_conversation(running.http)
    response = running.http.post(
        f"/api/conversations/{conversation['id']}/messages",
        json={"content": "Is the lighthouse still burning?"},
        headers={"traceparent": f"00-{TRACE}-{CALLER}-01", "X-Request-ID": "from-the-proxy.1"},
    )
    assert response.status_code == 200, response.text
    assert response.headers["x-request-id"] == "from-the-proxy.1"
    return "from-the-proxy.1"


def _of_the_turn(collector: Collector) -> dict[str, Span]:
    return {each.name: each for each in collector.spans if each.trace_id.hex() == TRACE}


def test_a_turn_is_one_trace_from_the_callers_request_to_the_engine(turn: Any) -> None:
    collector, _, _ = turn
    spans = _of_the_turn(collector)
    request = next(each for name, each in spans.items() if name.startswith("POST /api/"))
    assert request.name == "POST /api/conversations/{conversation_id}/messages"
    assert request.parent_span_id.hex() == CALLER
    assert spans["turn"].parent_span_id == request.span_id
    assert spans["generate"].parent_span_id == spans["turn"].span_id
    assert {"retrieve lines", "compose prompt"} <= spans.keys()
    said = {each.key: each.value.int_value for each in spans["generate"].attributes}
    assert said["gen_ai.usage.input_tokens"] > 0
    assert said["gen_ai.usage.output_tokens"] > 0
    assert [each.name for each in spans["generate"].events] == ["first text"]
    assert collector.services == {"offbook-1"}
    assert not {each.name for each in collector.spans} & {"GET /healthz", "GET /metrics"}


def test_no_words_of_the_conversation_leave_the_service(turn: Any) -> None:
    collector, logged, _ = turn
    everything = f"{collector.spans} {logged}"
    for word in ("lighthouse", "letter", SECRET):
        assert word not in everything
    assert collector.keys == {SECRET}


def test_metrics_are_those_of_the_scrape(turn: Any) -> None:
    collector, _, _ = turn
    (turns,) = collector.metrics["offbook_turns"].sum.data_points
    assert (turns.as_double, turns.attributes[0].value.string_value) == (1, "stop")
    assert collector.metrics["offbook_turns"].sum.is_monotonic
    (first,) = collector.metrics["offbook_turn_first_token_seconds"].histogram.data_points
    assert first.count == sum(first.bucket_counts) == 1
    assert len(first.bucket_counts) == len(first.explicit_bounds) + 1
    assert not first.HasField("min")
    (running,) = collector.metrics["offbook_running_turns"].gauge.data_points
    assert running.as_double == 0


def test_a_request_is_logged_under_its_id_and_its_trace(turn: Any) -> None:
    _, logged, request = turn
    (line,) = [each for each in logged if each.get("request") == request and "status" in each]
    assert (line["event"], line["method"], line["status"]) == ("request", "POST", 200)
    assert line["path"] == "/api/conversations/{conversation_id}/messages"
    assert line["ms"] > 0


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['opentelemetry.sdk'] = None;"
        "from app.cli import main; sys.argv = ['offbook', 'serve', '--port', '0']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={
            "PATH": "",
            "OFFBOOK_DATA_DIR": str(tmp_path),
            "OFFBOOK_ENGINE__KIND": "scripted",
            "OFFBOOK_EMBEDDER__NAME": "hashing",
            "OFFBOOK_LOAD_SAMPLES": "false",
            "OFFBOOK_TELEMETRY__ENDPOINT": "http://127.0.0.1:9",
        },
    )
    assert done.returncode == 1
    assert "pip install -e '.[otel]'" in " ".join((done.stdout + done.stderr).split())
