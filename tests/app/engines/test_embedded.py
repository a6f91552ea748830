"""The embedded engine: without a model what it says, with a tiny one and the demo the contract."""

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
    ChatEngineContract,
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


CONTEXT_LENGTH = 8_192


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights: it says nothing, but does so in milliseconds."""
    from tests.app.engines.tiny_model import make

    return make(tmp_path_factory.mktemp("tiny") / "tiny.gguf", CONTEXT_LENGTH).path


def tiny_engine(path: Path) -> EmbeddedEngine:
    return EmbeddedEngine(
        path, model_name="tiny", prompt_style="chat", context_length=CONTEXT_LENGTH
    )


class _Embedded(ChatEngineContract):
    """How tests look into llama.cpp's server, and make it speak."""

    async def running(self, engine: ChatEngine) -> int:
        assert isinstance(engine, EmbeddedEngine)
        assert engine._client is not None  # the test looks at llama.cpp's own slots
        answer = await engine._client._http.ask("GET", "/slots")
        return sum(slot["is_processing"] for slot in json.loads(answer.body))

    def say(self, engine: ChatEngine, text: str) -> Mapping[str, object]:
        return {"grammar": f"root ::= {json.dumps(text, ensure_ascii=False)}"}


@pytest.mark.model
class TestContract(_Embedded, ModelContract):
    @pytest.fixture(scope="class")
    async def engine(self, tiny: Path) -> AsyncIterator[EmbeddedEngine]:
        engine = tiny_engine(tiny)
        await engine.start()
        yield engine
        await engine.aclose()

    async def test_strangers_cannot_use_the_port(self, engine: ChatEngine) -> None:
        assert isinstance(engine, EmbeddedEngine)
        assert engine._client is not None
        async with httpx.AsyncClient(base_url=engine._client._http.root) as stranger:
            assert (await stranger.get("/v1/models")).status_code == 401


@pytest.mark.anyio
@pytest.mark.model
class TestDemo:
    """What a trained model and a vocabulary of 150,000 tokens may change of the contract."""

    @pytest.fixture(scope="class")
    async def engine(self) -> AsyncIterator[EmbeddedEngine]:
        engine = demo_engine()
        await engine.start()
        yield engine
        await engine.aclose()

    running, say, spoken = _Embedded.running, _Embedded.say, _Embedded.spoken
    test_a_schema_holds_the_text = _Embedded.test_a_schema_holds_the_text
    test_streams_text_and_ends_with_reason_and_usage = (
        _Embedded.test_streams_text_and_ends_with_reason_and_usage
    )
    test_answers_chat_prompts = _Embedded.test_answers_chat_prompts
    test_no_delta_holds_half_a_character = _Embedded.test_no_delta_holds_half_a_character
    test_counts_together_what_each_has_alone = _Embedded.test_counts_together_what_each_has_alone
    test_scores_each_token_of_a_text = LikelihoodContract.test_scores_each_token_of_a_text
    test_concurrent_scores_do_not_mix = LikelihoodContract.test_concurrent_scores_do_not_mix
    test_a_repeated_phrase_is_likelier_than_another = (
        LikelihoodContract.test_a_repeated_phrase_is_likelier_than_another
    )


@pytest.mark.model
class TestClosing(ClosingContract):
    @pytest.fixture
    async def closable(self, tiny: Path) -> AsyncIterator[EmbeddedEngine]:
        engine = tiny_engine(tiny)
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
