"""The scripted engine's own server, as the one client of engines sees it."""

import time
from collections.abc import Iterator

import pytest

from app.engines.openai_http import OpenAIEngine
from app.engines.port import ChatMessage, ContextTooLongError, Sampling
from app.engines.scripted import ScriptedEngine
from app.engines.scripted_server import ScriptedServer, create_app
from tests.app.engines.contract import collect, text_of
from tests.app.engines.fake_vllm import ServerThread

pytestmark = pytest.mark.anyio


@pytest.fixture
def base_url() -> Iterator[str]:
    scripted = ScriptedServer(tokens_per_second=100, reply_tokens=30, context_length=512)
    server = ServerThread(create_app(scripted))
    yield server.base_url
    server.close()


async def test_it_paces_a_reply_of_the_length_asked_for(base_url: str) -> None:
    engine = OpenAIEngine(base_url)
    started = time.perf_counter()
    deltas = await collect(engine, "user:你好\n三三:", Sampling(max_tokens=12))
    # Twelve tokens at a hundred a second; a late one delays none after it.
    assert time.perf_counter() - started >= 0.12
    assert len(text_of(deltas)) == 12
    assert deltas[-1].finish_reason == "length"
    assert deltas[-1].usage is not None
    assert deltas[-1].usage.completion_tokens == 12
    whole = await collect(engine, [ChatMessage("user", "你好")], Sampling(max_tokens=50))
    assert len(text_of(whole)) == 30
    assert (await engine.limits()).context_length == 512
    assert await engine.count_tokens(["你好"]) == [2]
    with pytest.raises(ContextTooLongError):
        await collect(engine, "好" * 513, Sampling(max_tokens=50))
    await engine.aclose()


async def test_it_scores_as_the_engine_does(base_url: str) -> None:
    server, engine = OpenAIEngine(base_url), ScriptedEngine()
    for prompt in ("苹果，苹果，", [ChatMessage("system", "苹果"), ChatMessage("user", "好")]):
        for text in ("苹果，大海", "hello there"):
            scores = await server.score(prompt, text)
            assert scores == pytest.approx(await engine.score(prompt, text))
    await server.aclose()


async def test_it_counts_what_it_has_read_already(base_url: str) -> None:
    """By blocks of 16 tokens, and never the last token: there would be nothing to sample."""
    engine = OpenAIEngine(base_url)
    cached = []
    for prompt in ("好" * 48, "好" * 48, "好" * 49, "好" * 40 + "坏" * 60, "坏" * 48):
        usage = (await collect(engine, prompt, Sampling(max_tokens=1)))[-1].usage
        assert usage is not None
        cached.append(usage.cached_tokens)
    assert cached == [0, 32, 32, 32, 0]
    await engine.aclose()
