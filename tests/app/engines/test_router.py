"""Several engines behind vllm-router: the contract, affinity, and an engine that goes away."""

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.engines.openai_http import OpenAIEngine
from app.engines.port import ChatEngine, Sampling, ScoringUnsupportedError
from app.engines.scripted_server import ScriptedServer, create_app
from app.engines.watched import WatchedEngine
from tests.app.engines.contract import (
    PROMPT,
    ChatEngineContract,
    ClosingContract,
    collect,
    text_of,
)
from tests.app.engines.fake_vllm import ServerThread
from tests.app.engines.router import PROGRAM, Policy, routing
from tests.app.serving import wait_for

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.router,
    pytest.mark.skipif(not PROGRAM.exists(), reason="needs vllm-router"),
]

POLICIES: list[Policy] = ["cache_aware", "consistent_hash"]


class Engines:
    """Two scripted engines in threads of this process."""

    def __init__(self) -> None:
        self.servers = [
            ScriptedServer(tokens_per_second=500, reply_tokens=0, context_length=4096)
            for _ in range(2)
        ]
        self.threads = [ServerThread(create_app(server)) for server in self.servers]

    @property
    def running(self) -> int:
        return sum(server.running for server in self.servers)

    @property
    def addresses(self) -> list[str]:
        return [thread.base_url for thread in self.threads]

    def close(self) -> None:
        for thread in self.threads:
            thread.close()


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    engines = Engines()
    yield engines
    engines.close()


@pytest.fixture(scope="module", params=POLICIES)
def address(
    request: pytest.FixtureRequest, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    log = tmp_path_factory.mktemp("router") / "log"
    with routing(engines.addresses, request.param, log) as address:
        yield address


@pytest.fixture
async def engine(address: str, engines: Engines) -> AsyncIterator[WatchedEngine]:
    wait_for(lambda: engines.running == 0, seconds=10)
    engine = WatchedEngine(OpenAIEngine(address))
    yield engine
    await engine.aclose()


class TestContract(ChatEngineContract, ClosingContract):
    @pytest.fixture(autouse=True)
    def _keep(self, engines: Engines) -> None:
        self._engines = engines

    @pytest.fixture
    async def closable(self, engine: ChatEngine) -> ChatEngine:
        return engine

    async def running(self, engine: ChatEngine) -> int:
        return self._engines.running

    def say(self, engine: ChatEngine, text: str) -> Mapping[str, object]:
        return {"structured_outputs": {"choice": [text]}}


async def test_each_dialogue_finds_its_prefix(engine: WatchedEngine) -> None:
    """Twelve dialogues in turn, of which an engine that did not know them would read all."""
    cached = prompted = 0
    for turn in range(1, 5):
        for dialogue in range(12):
            affinity = f"{id(engine)} {dialogue}"
            prompt = f"{affinity}：春眠不觉晓，处处闻啼鸟。" * 10 * turn
            stream = engine.stream(prompt, Sampling(max_tokens=1), affinity=affinity)
            usage = [delta async for delta in stream][-1].usage
            assert usage is not None
            assert usage.cached_tokens is not None
            if turn > 1:
                cached += usage.cached_tokens
                prompted += usage.prompt_tokens
    # Of turns two to four, (1 + 2 + 3) of (2 + 3 + 4) parts were read before, to a block.
    assert cached / prompted == pytest.approx(6 / 9, abs=0.06)


@pytest.mark.parametrize("policy", POLICIES)
async def test_no_turn_fails_when_an_engine_goes_away(policy: Policy, tmp_path: Path) -> None:
    engines = Engines()
    with routing(engines.addresses, policy, tmp_path / "log") as address:
        engine = WatchedEngine(OpenAIEngine(address), probe_seconds=0.1)
        for number in range(8):
            assert await said(engine, f"conversation {number}")
        engines.threads[0].close()
        for number in range(16):
            assert await said(engine, f"conversation {number}")
        assert await engine.ready()
        assert engine.health.failures == 0
        await engine.aclose()
    engines.threads[1].close()


async def said(engine: ChatEngine, affinity: str) -> str:
    stream = engine.stream(f"{affinity}\n{PROMPT}", Sampling(max_tokens=3), affinity=affinity)
    return text_of([delta async for delta in stream])


@pytest.fixture
def hashing(engines: Engines, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    log = tmp_path / "log"
    with routing(engines.addresses, "consistent_hash", log) as address:
        yield address, log


async def test_a_router_that_hashes_logs_no_word_of_a_prompt(hashing: Any) -> None:
    """It logs what it hashes: without the header that is the whole body."""
    address, log = hashing
    engine = OpenAIEngine(address)
    secret, conversation = "My sister Rosalind keeps bees.", "018f-conversation"
    await collect(engine, secret, Sampling(max_tokens=1))
    assert await engine.count_tokens([secret, "Rosalind"])
    with pytest.raises(ScoringUnsupportedError, match="router"):
        await engine.score(secret, "Rosalind", affinity=conversation)
    assert await said(engine, conversation)
    await engine.aclose()
    logged = log.read_text()
    assert "x-session-id" in logged
    assert "Rosalind" not in logged
    assert conversation not in logged
