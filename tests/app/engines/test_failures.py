"""What an operator sees of an engine that fails: a line and a count, and no word of a prompt."""

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from app.engines.failures import FailureLog
from app.engines.host import EngineHost
from app.engines.openai_http import OpenAIEngine
from app.engines.port import (
    ContextTooLongError,
    EngineError,
    EngineOverloadedError,
    EngineRequestError,
    EngineTimeoutError,
    EngineUnavailableError,
    ScoringUnsupportedError,
)
from app.engines.scripted import ScriptedEngine
from app.engines.watched import WatchedEngine
from app.settings import Settings
from tests.app.engines.contract import GREEDY, collect
from tests.app.engines.hostile_server import STREAM, HostileServer, answer, hostile
from tests.app.running import running

pytestmark = pytest.mark.anyio

SECRET = "My sister Rosalind keeps bees."
KINDS: dict[str, EngineError] = {
    "unavailable": EngineUnavailableError("Gone."),
    "overloaded": EngineOverloadedError("Busy."),
    "timeout": EngineTimeoutError("Late."),
    "context_too_long": ContextTooLongError("Long."),
    "refused": EngineRequestError("Wrong."),
    "cannot_score": ScoringUnsupportedError("Never."),
}


def host_of(engine: ScriptedEngine | WatchedEngine) -> EngineHost:
    return EngineHost(
        Settings(engine={"kind": "scripted"}), on_change=lambda _: None, engine=engine
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fail_after", [None, 1])
async def test_every_kind_is_logged_and_counted(kind: str, fail_after: int | None) -> None:
    engine = ScriptedEngine(fail_after=fail_after, error=KINDS[kind])
    engine.fail_before = KINDS[kind] if fail_after is None else None
    host = host_of(engine)
    with capture_logs() as logs, pytest.raises(type(KINDS[kind])):
        _ = [delta async for delta in host.stream(SECRET, GREEDY, affinity="conversation-7")]
    (line,) = logs
    assert line.pop("seconds") >= 0
    assert line == {
        "event": "engine_error",
        "log_level": "warning",
        "kind": kind,
        "call": "stream",
        "affinity": "conversation-7",
        "reason": str(KINDS[kind]),
        "not_logged_before": 0,
    }
    assert host.failures() == {kind: 1}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_failed_score_is_logged_and_counted(kind: str) -> None:
    host = host_of(ScriptedEngine(fail_before=KINDS[kind]))
    with capture_logs() as logs, pytest.raises(type(KINDS[kind])):
        await host.score(SECRET, SECRET, affinity="conversation-7")
    (line,) = logs
    assert (line["kind"], line["call"]) == (kind, "score")
    assert line["affinity"] == "conversation-7"
    assert SECRET not in str(logs)
    assert host.failures() == {kind: 1}


async def test_a_host_scores_as_its_engine() -> None:
    engine = ScriptedEngine()
    scores = await host_of(engine).score(SECRET, "bees.")
    assert scores == await engine.score(SECRET, "bees.")
    assert scores[0] > (await engine.score(SECRET, "wasps."))[0]


async def test_leaving_a_stream_is_no_failure() -> None:
    host = host_of(ScriptedEngine())
    with capture_logs() as logs:
        deltas = host.stream(SECRET, GREEDY)
        await anext(deltas)
        await deltas.aclose()
    assert (logs, host.failures()) == ([], {})


def test_a_server_that_is_down_does_not_fill_the_log() -> None:
    """A line, then silence for ten seconds, then a line that says how many were left out."""
    now = 100.0
    failures = FailureLog(clock=lambda: now)

    def fail(error: EngineError) -> None:
        with pytest.raises(EngineError), failures.watch("stream"):
            raise error

    with capture_logs() as logs:
        for _ in range(50):
            fail(EngineUnavailableError("Gone."))
        fail(EngineTimeoutError("Late."))
        now += 10
        fail(EngineUnavailableError("Gone."))
    assert [(line["kind"], line["not_logged_before"]) for line in logs] == [
        *(("unavailable", 0), ("timeout", 0), ("unavailable", 49))
    ]
    assert failures.counts == {"unavailable": 51, "timeout": 1}


@pytest.fixture
async def silent() -> AsyncIterator[HostileServer]:
    """A server that begins to answer and never goes on."""
    async with hostile() as server:
        server.answers["/health"] = answer(b"{}")
        server.generates(lambda: iter([STREAM]))
        server.pause = 30
        server.answers["/v1/models"] = answer(b'{"data": [{"id": "m"}]}')
        yield server


async def test_a_time_out_is_logged(silent: HostileServer) -> None:
    engine = OpenAIEngine(silent.base_url, first_token_timeout=0.1)
    host = host_of(WatchedEngine(engine))
    with capture_logs() as logs, pytest.raises(EngineTimeoutError):
        await collect(host, SECRET, GREEDY)
    (line,) = [each for each in logs if each["event"] == "engine_error"]
    assert line["kind"] == "timeout"
    assert line["seconds"] >= 0.1
    assert SECRET not in str(logs)
    await host.aclose()


@pytest.mark.one_database
async def test_metrics_show_the_failures(settings: Settings) -> None:
    engine = ScriptedEngine(fail_before=EngineTimeoutError("Late."))
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        assert (await stage.send(conversation, "Hello?")).status_code == 504
        shown = (await stage.http.get("/metrics")).text
        assert 'offbook_engine_errors_total{kind="timeout"} 1.0' in shown
