"""The embedded engine: without a model what it says, with the demo model the contract."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest

from app.engines.catalogue import find_model
from app.engines.embedded import EmbeddedEngine
from app.engines.port import ChatEngine, EngineUnavailableError
from app.settings import EngineSettings
from tests.app.engines.contract import (
    CHAT,
    ENDLESS,
    GREEDY,
    PROMPT,
    ClosingContract,
    collect,
)
from tests.app.engines.model_contract import ModelContract
from tests.app.engines.scoring_contract import LikelihoodContract


def demo_path() -> Path:
    folder = os.environ.get("OFFBOOK_TEST_MODELS_DIR")
    return find_model("demo").path(Path(folder) if folder else EngineSettings().models_dir)


def demo_engine() -> EmbeddedEngine:
    if not demo_path().is_file():
        pytest.skip(f"{demo_path()} is missing: run `offbook model pull demo`")
    return EmbeddedEngine(demo_path(), model_name="demo", prompt_style="chat")


@pytest.mark.anyio
async def test_says_that_it_is_starting(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path / "m.gguf", model_name="m", prompt_style="chat")
    assert "being loaded" in engine.detail
    assert not await engine.ready()
    with pytest.raises(EngineUnavailableError) as caught:
        await collect(engine, PROMPT, GREEDY)
    assert caught.value.retry_after is not None
    await engine.aclose()
    assert engine.state == "stopped"


@pytest.mark.anyio
@pytest.mark.parametrize("content", [None, b"not a model", b"GGUF and then nothing"])
async def test_remembers_why_it_failed(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "m.gguf"
    if content is not None:
        path.write_bytes(content)
    engine = EmbeddedEngine(path, model_name="m", prompt_style="chat")
    with pytest.raises(EngineUnavailableError):
        await engine.start()
    assert engine.state == "failed"
    assert "m.gguf" in engine.detail
    with pytest.raises(EngineUnavailableError, match=r"m\.gguf"):
        await engine.limits()
    await engine.aclose()
    assert engine.state == "failed"


@pytest.mark.model
@pytest.mark.timeout(400)
class TestContract(ModelContract, LikelihoodContract):
    @pytest.fixture(scope="class")
    async def engine(self) -> AsyncIterator[EmbeddedEngine]:
        engine = demo_engine()
        await engine.start()
        yield engine
        await engine.aclose()

    async def running(self, engine: ChatEngine) -> int:
        assert isinstance(engine, EmbeddedEngine)
        assert engine._client is not None  # the test looks at llama.cpp's own slots
        answer = await engine._client._http.ask("GET", "/slots")
        return sum(slot["is_processing"] for slot in json.loads(answer.body))

    def say(self, engine: ChatEngine, text: str) -> Mapping[str, object]:
        return {"grammar": f"root ::= {json.dumps(text, ensure_ascii=False)}"}

    async def test_strangers_cannot_use_the_port(self, engine: ChatEngine) -> None:
        assert isinstance(engine, EmbeddedEngine)
        assert engine._client is not None
        async with httpx.AsyncClient(base_url=engine._client._http.root) as stranger:
            assert (await stranger.get("/v1/models")).status_code == 401


@pytest.mark.model
@pytest.mark.timeout(400)
class TestClosing(ClosingContract):
    @pytest.fixture
    async def closable(self) -> AsyncIterator[EmbeddedEngine]:
        engine = demo_engine()
        await engine.start()
        yield engine
        await engine.aclose()

    async def test_closing_breaks_running_streams(self, closable: EmbeddedEngine) -> None:
        reading = asyncio.create_task(collect(closable, CHAT, ENDLESS))
        await asyncio.sleep(0.5)
        await closable.aclose()
        with pytest.raises(EngineUnavailableError):
            await reading

    async def test_a_server_that_dies_is_a_failure(self, closable: EmbeddedEngine) -> None:
        assert closable._process is not None
        closable._process.kill()
        assert closable._watcher is not None
        await closable._watcher
        assert closable.state == "failed"
        assert not await closable.ready()
        with pytest.raises(EngineUnavailableError, match="exit code"):
            await collect(closable, CHAT, GREEDY)
