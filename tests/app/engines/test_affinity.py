"""The dialogue of a request, as a router before the engine sees it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.engines.affinity import session_headers
from app.engines.openai_http import OpenAIEngine
from tests.app.engines.contract import GREEDY, PROMPT
from tests.app.engines.fake_vllm import FakeVLLM, ServerThread, app_of

pytestmark = pytest.mark.anyio

CONVERSATION = "0193a5c0-0000-7000-8000-000000000001"


@pytest.fixture
def fake() -> Iterator[FakeVLLM]:
    fake = FakeVLLM()
    thread = ServerThread(app_of(fake))
    fake.base_url = thread.base_url
    yield fake
    thread.close()


@pytest.fixture
async def engine(fake: FakeVLLM) -> AsyncIterator[OpenAIEngine]:
    engine = OpenAIEngine(fake.base_url)
    yield engine
    await engine.aclose()


async def test_a_conversation_is_the_same_session_each_time(
    fake: FakeVLLM, engine: OpenAIEngine
) -> None:
    for affinity in (CONVERSATION, CONVERSATION, "another"):
        async for _ in engine.stream(PROMPT, GREEDY, affinity=affinity):
            pass
    first, second, other = fake.sessions
    assert first == second != other
    await engine.score(PROMPT, "好", affinity=CONVERSATION)
    assert set(fake.sessions[3:]) == {first}
    assert len(fake.sessions) == 6  # its two tokenizations and the score


async def test_requests_without_a_dialogue_are_spread(fake: FakeVLLM, engine: OpenAIEngine) -> None:
    for text in ("a", "b", "c"):
        await engine.count_tokens([text])
    assert len(set(fake.sessions)) == 3
    assert None not in fake.sessions


def test_a_session_says_nothing_of_its_conversation() -> None:
    """And is the same in every process: BLAKE2b with 16 bytes, personalised."""
    assert session_headers(CONVERSATION) == {"x-session-id": "a8aa8feb3b09b35eaa01be4786808c2e"}
