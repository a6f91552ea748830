"""The HTTP client against a small server that answers like vLLM."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from typing import Any

import pytest
from fastapi import Request, Response
from structlog.testing import capture_logs

from app.engines.openai_http import OpenAIEngine
from app.engines.port import (
    ChatEngine,
    ContextTooLongError,
    EngineError,
    EngineOverloadedError,
    EngineRequestError,
    EngineTimeoutError,
    EngineUnavailableError,
    Sampling,
    Usage,
)
from tests.app.engines.contract import (
    CHAT,
    GREEDY,
    PROMPT,
    ClosingContract,
    collect,
    text_of,
)
from tests.app.engines.fake_vllm import MODEL, FakeVLLM, ServerThread, app_of
from tests.app.engines.scoring_contract import LikelihoodContract
from tests.app.serving import wait_for

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[FakeVLLM, str]]:
    fake = FakeVLLM()
    thread = ServerThread(app_of(fake))
    yield fake, thread.base_url
    thread.close()


@pytest.fixture
def vllm(server: tuple[FakeVLLM, str]) -> FakeVLLM:
    """The server, its script as new."""
    fake, base_url = server
    fake.base_url = base_url
    fake.renew()
    wait_for(lambda: fake.running == 0, seconds=10)
    return fake


@pytest.fixture
async def engine(vllm: FakeVLLM) -> AsyncIterator[OpenAIEngine]:
    engine = OpenAIEngine(vllm.base_url + "/v1/", api_key="secret-key")
    yield engine
    await engine.aclose()


class TestContract(LikelihoodContract, ClosingContract):
    @pytest.fixture(autouse=True)
    def script(self, vllm: FakeVLLM) -> FakeVLLM:
        vllm.reply = "我是三三🎭，一个爱说话的机器人，很高兴认识你！" * 3
        vllm.delay = 0.002
        return vllm

    @pytest.fixture
    async def closable(self, engine: ChatEngine) -> ChatEngine:
        return engine

    async def running(self, engine: ChatEngine) -> int:
        return self._vllm.running

    def say(self, engine: ChatEngine, text: str) -> Mapping[str, object]:
        self._vllm.reply = text
        return {}

    @pytest.fixture(autouse=True)
    def _keep(self, vllm: FakeVLLM) -> None:
        self._vllm = vllm


async def test_sends_what_vllm_understands(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    sampling = Sampling(min_p=0.1, seed=7, repetition_penalty=1.1, extra={"ignore_eos": True})
    deltas = await collect(engine, PROMPT, sampling, ["\nuser:"])
    assert vllm.requests[-1] == {
        "model": MODEL,
        "prompt": PROMPT,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.85,
        "top_p": 0.8,
        "top_k": 5,
        "min_p": 0.1,
        "seed": 7,
        "max_tokens": 512,
        "repetition_penalty": 1.1,
        "stop": ["\nuser:"],
        "include_stop_str_in_output": True,
        "ignore_eos": True,
    }
    assert vllm.authorizations[-1] == "Bearer secret-key"
    # Told to ignore the end, it writes on as long as it may.
    assert deltas[-1].usage == Usage(len(PROMPT), 512, cached_tokens=1)


async def test_sends_what_llama_cpp_understands(vllm: FakeVLLM) -> None:
    engine = OpenAIEngine(vllm.base_url, dialect="llamacpp")
    await collect(engine, CHAT, Sampling(repetition_penalty=1.1))
    await engine.aclose()
    body = vllm.requests[-1]
    assert vllm.paths[-1] == "/v1/chat/completions"
    assert body["messages"][1] == {"role": "user", "content": CHAT[1].content}
    assert (body["repeat_penalty"], body["cache_prompt"]) == (1.1, True)
    assert "repetition_penalty" not in body


async def test_avoided_words_are_banned_in_vllm(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    sampling = Sampling(avoided_words=("Sorry", "抱歉"), extra={"bad_words": ["x"]})
    await collect(engine, PROMPT, sampling)
    assert vllm.requests[-1]["bad_words"] == ["x", "Sorry", "抱歉"]
    await collect(engine, PROMPT, Sampling())
    assert "bad_words" not in vllm.requests[-1]
    await collect(engine, PROMPT, Sampling(avoided_words=("<|im_end|>",)))
    assert vllm.requests[-1]["bad_words"] == ["< |im_end|>"]
    vllm.reply = "抱歉，不行。"
    assert text_of(await collect(engine, PROMPT, Sampling(avoided_words=("抱歉",)))) == "，不行。"


@pytest.mark.parametrize(
    ("given", "known"),
    [(None, []), ([["AI", -12]], [["AI", -12]]), ({"7": -100, "x": 1}, [[7, -100], ["x", 1]])],
)
async def test_avoided_words_are_made_unlikely_in_llama_cpp(
    vllm: FakeVLLM, given: object, known: list[object]
) -> None:
    engine = OpenAIEngine(vllm.base_url, dialect="llamacpp")
    extra = {} if given is None else {"logit_bias": given}
    await collect(engine, CHAT, Sampling(avoided_words=("Sorry", "抱歉"), extra=extra))
    await engine.aclose()
    added = [["Sorry", -12], [" Sorry", -12], ["抱歉", -12]]
    assert vllm.requests[-1]["logit_bias"] == [*known, *added]
    assert "bad_words" not in vllm.requests[-1]


@pytest.mark.parametrize("stop", ["\nuser:", "\nuser："])
@pytest.mark.parametrize("honour_stop", [True, False])
async def test_stops_split_over_deltas(
    vllm: FakeVLLM, engine: OpenAIEngine, stop: str, honour_stop: bool
) -> None:
    vllm.reply, vllm.honour_stop = f"你好。{stop}我替你说", honour_stop
    deltas = await collect(engine, PROMPT, Sampling(), ["\nuser:", "\nuser："])
    assert text_of(deltas) == "你好。"
    assert deltas[-1].finish_reason == "stop"


async def test_text_is_not_held_back_for_a_long_stop_string(
    vllm: FakeVLLM, engine: OpenAIEngine
) -> None:
    vllm.reply = "一二三四五\n王老师:六"
    stops = ["\n王老师:", "\n" + "名" * 40 + ":"]
    deltas = await collect(engine, PROMPT, Sampling(), stops)
    assert [delta.text for delta in deltas] == ["一", "二", "三", "四", "五", ""]
    assert deltas[-1].usage == Usage(len(PROMPT), len("一二三四五\n王老师:"), cached_tokens=1)


async def test_asks_for_no_more_than_the_context_has(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    await collect(engine, PROMPT, Sampling(max_tokens=100_000))
    assert vllm.requests[-1]["max_tokens"] == vllm.context_length


async def test_surrogate_halves_in_two_events(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    vllm.raw = (
        b'data: {"choices":[{"text":"a\\ud83c"}]}\n\ndata: {"choices":[{"text":"\\udfad"}]}\n\n'
        b'data: {"choices":[{"text":"","finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    )
    assert [each.text for each in await collect(engine, PROMPT, GREEDY)] == ["a", "🎭", ""]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": {"message": "maximum context length is 4096"}}, ContextTooLongError),
        (400, {"message": "longer than the maximum model length of 9"}, ContextTooLongError),
        (400, {"error": {"type": "exceed_context_size_error"}}, ContextTooLongError),
        (400, {"error": {"message": "top_k must be positive"}}, EngineRequestError),
        (401, {"error": "Unauthorized"}, EngineRequestError),
        (404, {"detail": "no such model"}, EngineRequestError),
        (429, {}, EngineOverloadedError),
        (503, {"error": {"message": "busy"}}, EngineOverloadedError),
        (503, {"error": {"type": "unavailable_error"}}, EngineUnavailableError),
        (500, {"error": {"message": "engine dead"}}, EngineUnavailableError),
    ],
)
async def test_statuses_become_errors(
    vllm: FakeVLLM,
    engine: OpenAIEngine,
    status: int,
    body: dict[str, Any],
    expected: type[EngineError],
) -> None:
    vllm.status, vllm.error_body, vllm.headers = status, body, {"Retry-After": "7"}
    with pytest.raises(EngineError) as caught:
        await collect(engine, PROMPT, GREEDY)
    assert type(caught.value) is expected
    if status in (429, 503):
        assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'data: {"choices":[{"text":"a"}]}\n\n', EngineUnavailableError),
        (b'data: {"choices":[{"text":"a"}]}\n\ndata: [DONE]\n\n', EngineUnavailableError),
        (b'data: {"error":{"message":"oops","code":500}}\n\n', EngineUnavailableError),
        (b'data: {"error":{"message":"context size","code":400}}\n\n', ContextTooLongError),
        (b"data: {broken\n\n", EngineUnavailableError),
        (b"<html>", EngineUnavailableError),
        (b'data: {"choices":[{"finish_reason":"abort"}]}\n\n', EngineUnavailableError),
    ],
)
async def test_broken_streams_raise(
    vllm: FakeVLLM, engine: OpenAIEngine, raw: bytes, expected: type[EngineError]
) -> None:
    vllm.raw = raw
    with pytest.raises(expected):
        await collect(engine, PROMPT, GREEDY)


async def test_a_finished_text_needs_no_done(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    vllm.raw = b'data: {"choices":[{"text":"a","finish_reason":"stop"}]}\n\n'
    assert text_of(await collect(engine, PROMPT, GREEDY)) == "a"


async def test_waits_so_long_for_the_first_token(vllm: FakeVLLM) -> None:
    vllm.delay = 5
    engine = OpenAIEngine(vllm.base_url, first_token_timeout=0.1)
    with pytest.raises(EngineTimeoutError):
        await collect(engine, PROMPT, GREEDY)
    await engine.aclose()


async def test_waits_so_long_for_the_next_token(vllm: FakeVLLM) -> None:
    vllm.delay = 0.15
    engine = OpenAIEngine(vllm.base_url, first_token_timeout=5, idle_timeout=0.05)
    async with aclosing(engine.stream(PROMPT, GREEDY)) as deltas:
        assert (await anext(deltas)).text == vllm.reply[0]
        with pytest.raises(EngineTimeoutError):
            await anext(deltas)
    await engine.aclose()


async def test_nobody_there() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        engine = OpenAIEngine(f"http://127.0.0.1:{bound.getsockname()[1]}")
        assert not await engine.ready()
        with pytest.raises(EngineUnavailableError) as caught:
            await collect(engine, PROMPT, GREEDY)
        assert caught.value.retry_after == 5
        with pytest.raises(EngineUnavailableError):
            await engine.count_tokens(["a"])
        await engine.aclose()


async def test_counts_all_new_texts_in_one_request(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    assert await engine.count_tokens(["你好", "a", "", "你好"]) == [2, 1, 0, 2]
    assert await engine.count_tokens(["a", "abc"]) == [1, 3]
    assert await engine.count_tokens(["ab", "abcd", "a"]) == [2, 4, 1]
    asked = [each["prompt"] for each in vllm.requests]
    # Once in an engine's life, what tells the texts apart.
    assert asked == ["\x1e", "你好\x1ea", "abc", "ab\x1eabcd"]
    assert vllm.requests[-1] == {
        "model": MODEL,
        "prompt": "ab\x1eabcd",
        "add_special_tokens": False,
    }


async def test_estimates_a_line_or_two_and_does_not_remember_that(
    vllm: FakeVLLM, engine: OpenAIEngine
) -> None:
    assert await engine.count_tokens(["abcdef", "你"]) == [6, 1]
    vllm.requests.clear()
    # Three letters of a word are about a token; the engine here has one for each.
    assert await engine.count_tokens(["abcdef", "", "abcdefghi", "好的"], rough=5) == [6, 0, 3, 2]
    assert vllm.requests == []
    assert await engine.count_tokens(["abcdefghi", "好的"], rough=4) == [9, 2]
    assert await engine.count_tokens(["abcdefghi", "好的"], rough=5) == [9, 2]
    assert len(vllm.requests) == 1


async def test_counts_apart_what_cannot_be_told_apart(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    assert await engine.count_tokens(["a\x1e", "b"]) == [2, 1]
    vllm.joins_separator = True
    assert await engine.count_tokens(["ab", "abc"]) == [2, 3]
    assert sorted(each["prompt"] for each in vllm.requests[-2:]) == ["ab", "abc"]


async def test_llama_cpp_gets_a_list_of_texts(vllm: FakeVLLM) -> None:
    engine = OpenAIEngine(vllm.base_url, dialect="llamacpp")
    assert await engine.count_tokens(["你好", "abc", "a\x1e"]) == [2, 3, 2]
    assert vllm.requests == [{"content": ["你好", -1, "abc", -1, "a\x1e"]}]
    await engine.aclose()


async def test_says_once_that_counts_are_estimates(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    vllm.tokenize = False
    with capture_logs() as logs:
        assert await engine.count_tokens(["你好", "abcd"]) == [2, 2]
        await engine.count_tokens(["again"])
    assert [each["event"] for each in logs] == ["engine_cannot_tokenize"]


async def test_an_unknown_model_name_raises(vllm: FakeVLLM) -> None:
    engine = OpenAIEngine(vllm.base_url, model="another")
    with pytest.raises(EngineRequestError, match=MODEL):
        await engine.limits()
    await engine.aclose()


async def test_the_setting_bounds_the_context(vllm: FakeVLLM) -> None:
    engine = OpenAIEngine(vllm.base_url, context_length=1024)
    assert (await engine.limits()).context_length == 1024
    await engine.aclose()


async def test_a_list_that_cannot_be_had_again_changes_nothing() -> None:
    """As through a router, which asks an engine that has just died, while another one answers."""
    fake, away = FakeVLLM(), [True]
    app = app_of(fake)

    @app.middleware("http")
    async def without_a_list(
        request: Request, proceed: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        failed = away and request.url.path == "/v1/models"
        return Response(status_code=500) if failed else await proceed(request)

    server = ServerThread(app)
    engine = OpenAIEngine(server.base_url)
    with pytest.raises(EngineUnavailableError):
        await engine.limits()
    away.clear()
    known = await engine.limits()
    away.append(True)
    fake.raw = b"<html>"
    with pytest.raises(EngineUnavailableError):
        await collect(engine, PROMPT, GREEDY)
    fake.raw = None
    assert await engine.limits() == known
    assert text_of(await collect(engine, PROMPT, GREEDY)) == fake.reply
    # What is listed counts as soon as it can be had.
    away.clear()
    fake.model, fake.status = "another", 404
    with pytest.raises(EngineRequestError):
        await collect(engine, PROMPT, GREEDY)
    assert (await engine.limits()).model == "another"
    await engine.aclose()
    server.close()


async def test_many_at_once(vllm: FakeVLLM, engine: OpenAIEngine) -> None:
    replies = await asyncio.gather(*(collect(engine, PROMPT, GREEDY) for _ in range(40)))
    assert {text_of(deltas) for deltas in replies} == {vllm.reply}
