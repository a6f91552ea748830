"""A reasoning model on a server: it is asked not to think, and what it thinks is not shown."""

from collections.abc import Iterator

import pytest

from app.engines.factory import create_engine
from app.engines.port import ChatEngine, Sampling
from app.settings import EngineSettings, Settings
from tests.app.engines.contract import CHAT, PROMPT, collect, text_of
from tests.app.engines.fake_vllm import FakeVLLM, ServerThread, app_of

pytestmark = pytest.mark.anyio

WHOLE = Sampling(temperature=0.0, max_tokens=200)
THINKING = "<think>\n三三：她很难过。\n</think>\n\n进来吧。"


@pytest.fixture
def vllm() -> Iterator[FakeVLLM]:
    fake = FakeVLLM(reply=THINKING, model="Qwen3-4B", honour_stop=False)
    thread = ServerThread(app_of(fake))
    fake.base_url = thread.base_url
    yield fake
    thread.close()


def engine_of(vllm: FakeVLLM, **engine: object) -> ChatEngine:
    settings = EngineSettings.model_validate(
        {"kind": "openai", "base_url": vllm.base_url, **engine}
    )
    return create_engine(Settings(engine=settings))


@pytest.mark.parametrize("piece", [1, 3, 1_000])
async def test_thoughts_are_no_part_of_a_reply(vllm: FakeVLLM, piece: int) -> None:
    vllm.piece = piece
    engine = engine_of(vllm)
    deltas = await collect(engine, CHAT, WHOLE, ["\n三三："])
    assert text_of(deltas) == "进来吧。"  # a name in a thought is no end of the reply
    assert deltas[-1].finish_reason == "stop"
    await engine.aclose()


async def test_a_served_model_of_the_catalogue_is_asked_as_the_catalogue_says(
    vllm: FakeVLLM,
) -> None:
    engine = engine_of(vllm)
    limits = await engine.limits()
    assert (limits.prompt_style, limits.sampling.temperature) == ("chat", 0.7)
    await collect(engine, CHAT, WHOLE)
    assert vllm.requests[-1]["chat_template_kwargs"] == {"enable_thinking": False}
    await collect(engine, PROMPT, WHOLE)
    assert "chat_template_kwargs" not in vllm.requests[-1]
    await engine.aclose()


async def test_the_settings_win_and_other_models_are_asked_as_before(vllm: FakeVLLM) -> None:
    engine = engine_of(vllm, prompt_style="completion", thought_tags=[])
    assert (await engine.limits()).prompt_style == "completion"
    await engine.aclose()
    vllm.model = "somebody/else"
    engine = engine_of(vllm, thought_tags=[])
    assert (await engine.limits()).prompt_style == "completion"
    assert text_of(await collect(engine, CHAT, WHOLE)) == THINKING
    assert "chat_template_kwargs" not in vllm.requests[-1]
    await engine.aclose()
