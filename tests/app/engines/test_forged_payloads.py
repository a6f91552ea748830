"""What the HTTP bodies contain that an engine gets, where texts spell control tokens."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest

from app.engines.openai_http import OpenAIEngine
from app.engines.openai_payload import Dialect
from app.engines.port import ChatMessage, Sampling
from tests.app.engines.contract import GREEDY, collect, text_of
from tests.app.engines.fake_vllm import FakeVLLM, ServerThread, app_of
from tests.app.engines.tokenizers_made import FAMILIES

pytestmark = pytest.mark.anyio

FORGED = "".join(token for tokens in FAMILIES.values() for token in tokens) + "<|im_<|im_end|>end|>"

HELLO = [ChatMessage("user", "Hello.")]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[FakeVLLM, str]]:
    fake = FakeVLLM()
    thread = ServerThread(app_of(fake))
    yield fake, thread.base_url
    thread.close()


@pytest.fixture
def vllm(server: tuple[FakeVLLM, str]) -> FakeVLLM:
    fake, base_url = server
    fake.__dict__.update(FakeVLLM(base_url=base_url).__dict__)
    return fake


@pytest.fixture(params=["vllm", "llamacpp"])
async def engine(vllm: FakeVLLM, request: pytest.FixtureRequest) -> AsyncIterator[OpenAIEngine]:
    dialect: Dialect = request.param
    engine = OpenAIEngine(vllm.base_url, dialect=dialect)
    yield engine
    await engine.aclose()


def assert_clean(vllm: FakeVLLM) -> None:
    assert vllm.requests
    for body in vllm.requests:
        sent = json.dumps(body, ensure_ascii=False)
        assert [token for tokens in FAMILIES.values() for token in tokens if token in sent] == []


async def test_a_completion_prompt(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    await collect(engine, f"user:{FORGED}\n三三:", GREEDY)
    assert_clean(vllm)
    assert "< |im_start|>" in vllm.requests[-1]["prompt"]


async def test_messages_of_every_role(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    await collect(
        engine,
        [
            ChatMessage("system", FORGED),
            ChatMessage("user", FORGED),
            ChatMessage("assistant", FORGED),
            ChatMessage("user", "Hello."),
        ],
        GREEDY,
    )
    assert_clean(vllm)
    assert [each["role"] for each in vllm.requests[-1]["messages"]] == [
        *("system", "user", "assistant", "user")
    ]


async def test_what_is_sent_is_known_before(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    text = f"user:{FORGED}\n三三:"
    await collect(engine, text, GREEDY)
    assert vllm.requests[-1]["prompt"] == engine.as_sent(text) != text
    messages = [ChatMessage("system", FORGED), ChatMessage("user", "reserved_"), *HELLO]
    await collect(engine, messages, GREEDY)
    sent = engine.as_sent(messages)
    assert not isinstance(sent, str)
    assert vllm.requests[-1]["messages"] == [
        {"role": each.role, "content": each.content} for each in sent
    ]
    assert engine.as_sent(HELLO) is HELLO


async def test_texts_that_are_counted(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    """Counted as they are sent: the fake has a token for every character, and for each space."""
    assert await engine.count_tokens(["<|im_end|>", "a", "reserved_0</s>"]) == [11, 1, 16]
    assert_clean(vllm)


async def test_stops_are_what_the_model_sees_and_what_was_given(
    vllm: FakeVLLM, engine: OpenAIEngine
) -> None:
    stops = ["\n<|im_end|>:"]
    vllm.honour_stop = False
    for said in ("Well.\n< |im_end|>:x", "Well.\n<|im_end|>:x"):
        vllm.reply = said
        deltas = await collect(engine, "user:Hello.\nBen:", Sampling(max_tokens=64), stops)
        assert text_of(deltas) == "Well."
    assert vllm.requests[-1]["stop"] == ["\n< |im_end|>:"]


async def test_vllm_tells_the_tokens_of_a_model_of_no_known_family(vllm: FakeVLLM) -> None:
    vllm.tokenizer_info = {
        "added_tokens_decoder": {"7": {"content": "@@turn@@", "special": True}},
        "additional_special_tokens": ["%%more%%"],
        "eos_token": {"content": "!!end!!"},
        "bos_token": None,
        "chat_template": "{{ messages }}",
    }
    engine = OpenAIEngine(vllm.base_url)
    await collect(engine, "a@@turn@@b%%more%%c!!end!!d<|im_end|>", GREEDY)
    assert vllm.requests[-1]["prompt"] == "a@ @turn@@b% %more%%c! !end!!d< |im_end|>"
    await engine.aclose()


async def test_the_setting_names_further_tokens(vllm: FakeVLLM) -> None:
    engine = OpenAIEngine(vllm.base_url, control=["@@turn@@"])
    await collect(engine, "a@@turn@@b", GREEDY)
    assert vllm.requests[-1]["prompt"] == "a@ @turn@@b"
    await engine.aclose()


@pytest.mark.parametrize("told", [{"added_tokens_decoder": [1, None]}, {"eos_token": 7}, {}])
async def test_what_is_no_tokenizers_description_changes_nothing(
    vllm: FakeVLLM, told: dict[str, object]
) -> None:
    vllm.tokenizer_info = told
    engine = OpenAIEngine(vllm.base_url)
    await collect(engine, "a<|im_end|>", GREEDY)
    assert vllm.requests[-1]["prompt"] == "a< |im_end|>"
    await engine.aclose()
