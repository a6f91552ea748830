"""An engine elsewhere: what is reported of it, and that a report refuses nothing."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest

from app.engines.port import (
    ChatEngine,
    ContextTooLongError,
    EngineError,
    EngineOverloadedError,
    EngineTimeoutError,
    EngineUnavailableError,
)
from app.engines.scripted import ScriptedEngine
from app.engines.watched import WatchedEngine
from tests.app.engines.contract import GREEDY, PROMPT, ClosingContract, collect, text_of
from tests.app.engines.scoring_contract import LikelihoodContract
from tests.app.running import until

pytestmark = pytest.mark.anyio


class TestContract(LikelihoodContract, ClosingContract):
    @pytest.fixture
    def server(self) -> ScriptedEngine:
        return ScriptedEngine(delay=0.002)

    @pytest.fixture
    async def engine(self, server: ScriptedEngine) -> AsyncIterator[WatchedEngine]:
        engine = WatchedEngine(server)
        self._server = server
        yield engine
        await engine.aclose()

    @pytest.fixture
    async def closable(self, engine: WatchedEngine) -> WatchedEngine:
        return engine

    async def running(self, engine: ChatEngine) -> int:
        return self._server.running

    def say(self, engine: ChatEngine, text: str) -> Mapping[str, object]:
        self._server.reply = text
        return {}


FAILURES = [EngineUnavailableError("a"), EngineOverloadedError("b"), EngineTimeoutError("c")]


class Server(ScriptedEngine):
    """A server in this process that can be made to fail its probes."""

    def __init__(self) -> None:
        super().__init__(reply="one two three")
        self.answers = True
        self.probes = 0

    async def ready(self) -> bool:
        self.probes += 1
        return self.answers and await super().ready()


@pytest.fixture
async def server() -> Server:
    return Server()


@pytest.fixture
async def watched(server: Server) -> AsyncIterator[WatchedEngine]:
    engine = WatchedEngine(server, probe_seconds=0.01)
    yield engine
    await engine.aclose()


async def test_it_is_probed_from_the_first_call_on(server: Server, watched: WatchedEngine) -> None:
    assert (watched.health.available, watched.health.detail) == (False, "It was not asked yet.")
    assert server.probes == 0
    assert (await watched.limits()).model == "scripted"
    await until(lambda: server.probes > 2)
    assert (watched.health.available, watched.health.detail) == (True, "scripted answers.")
    server.answers = False
    await until(lambda: not watched.health.available)
    assert "cannot be reached" in watched.health.detail
    assert not await watched.ready()


async def test_probes_and_failures_refuse_no_turn(server: Server, watched: WatchedEngine) -> None:
    """Another engine behind the same address may answer the next request."""
    server.answers = False
    assert not await watched.ready()
    server.fail_before = EngineUnavailableError("One of them is away.")
    for _ in range(10):
        with pytest.raises(EngineUnavailableError, match="One of them"):
            await collect(watched, PROMPT, GREEDY)
    server.fail_before = None
    assert text_of(await collect(watched, PROMPT, GREEDY)) == "one two three"
    assert len(await watched.score(PROMPT, "one two")) == 2
    assert watched.health.failures == 10


@pytest.mark.parametrize("error", [*FAILURES, ContextTooLongError("long")])
async def test_only_the_servers_own_failures_count(
    server: Server, watched: WatchedEngine, error: EngineError
) -> None:
    server.fail_before = error
    with pytest.raises(type(error)):
        await collect(watched, PROMPT, GREEDY)
    with pytest.raises(type(error)):
        await watched.score(PROMPT, "one")
    assert watched.health.failures == (2 if error in FAILURES else 0)


async def test_running_requests_are_counted(server: Server, watched: WatchedEngine) -> None:
    server.delay = 60
    running = [asyncio.create_task(collect(watched, PROMPT, GREEDY)) for _ in range(3)]
    await until(lambda: server.running == 3)
    assert watched.health.outstanding == 3
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert watched.health.outstanding == 0


async def test_a_server_without_its_model_is_not_ready(
    server: Server, watched: WatchedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> object:
        raise EngineUnavailableError("The engine lists no model.")

    monkeypatch.setattr(server, "limits", away)
    assert not await watched.ready()
    assert watched.health.detail == "The engine lists no model."
