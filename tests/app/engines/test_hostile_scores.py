"""Servers that cannot score, or answer a score with anything at all: a documented error."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.engines.openai_http import OpenAIEngine
from app.engines.openai_payload import Dialect
from app.engines.port import (
    LEAST_LOG_PROBABILITY,
    ChatMessage,
    EngineOverloadedError,
    EngineRequestError,
    EngineTimeoutError,
    EngineUnavailableError,
    ScoringUnsupportedError,
)
from tests.app.engines.contract import PROMPT
from tests.app.engines.fake_vllm import ServerThread

pytestmark = pytest.mark.anyio

TEXT = "ab"
"""Tokens 97 and 98."""
MEGABYTE = 1_000_000
KINDS = (EngineUnavailableError, EngineRequestError)


@dataclass
class Server:
    """A server whose answer to the request for scores is a test's."""

    body: bytes = b""
    status: int = 200
    seconds: float = 0.0
    missing: set[str] = field(default_factory=set)
    tokens: Any = None
    """Answer of ``/tokenize``, if not one token a character."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    base_url: str = ""

    def app(self) -> Starlette:
        paths = {
            "/v1/models": self.models,
            "/tokenize": self.tokenize,
            "/apply-template": self.template,
            "/completion": self.scores,
            "/v1/completions": self.scores,
        }
        return Starlette(
            routes=[Route(path, answer, methods=["GET", "POST"]) for path, answer in paths.items()]
        )

    async def models(self, request: Request) -> Response:
        return JSONResponse({"data": [{"id": "m", "max_model_len": 4096}]})

    async def tokenize(self, request: Request) -> Response:
        body = await request.json()
        if "/tokenize" in self.missing:
            return JSONResponse({"detail": "Not Found"}, 404)
        if self.tokens is not None:
            return JSONResponse({"tokens": self.tokens})
        ids = [ord(each) for each in body.get("content", body.get("prompt", "messages"))]
        pieces = [{"id": id, "piece": chr(id)} for id in ids]
        return JSONResponse({"tokens": pieces if body.get("with_pieces") else ids})

    async def template(self, request: Request) -> Response:
        if "/apply-template" in self.missing:
            return JSONResponse({"error": {"message": "no such path"}}, 404)
        return JSONResponse({"prompt": 7})

    async def scores(self, request: Request) -> Response:
        self.asked.append(await request.json())
        await asyncio.sleep(self.seconds)
        return Response(self.body, self.status)


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = Server()
    thread = ServerThread(server.app())
    server.base_url = thread.base_url
    yield server
    thread.close()


@pytest.fixture
def server(running: Server) -> Server:
    running.__dict__.update(Server(base_url=running.base_url).__dict__)
    return running


@pytest.fixture
async def llamacpp(server: Server) -> AsyncIterator[OpenAIEngine]:
    engine = OpenAIEngine(server.base_url, dialect="llamacpp")
    yield engine
    await engine.aclose()


@pytest.fixture
async def vllm(server: Server) -> AsyncIterator[OpenAIEngine]:
    engine = OpenAIEngine(server.base_url)
    yield engine
    await engine.aclose()


def events(*probabilities: Any) -> bytes:
    """The stream of llama.cpp's server: an event with each of these, and one without."""
    sent = [{"stop": False, "completion_probabilities": each} for each in probabilities]
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in [*sent, {}])


def choice(steps: Any) -> bytes:
    return json.dumps({"choices": [{"text": "x", "prompt_logprobs": steps}]}).encode()


def after_prompt(*steps: Any) -> bytes:
    return choice([None] * len(PROMPT) + list(steps))


A, B = {"id": 97, "logprob": -1.5}, {"id": 98, "logprob": -0.25}


async def test_llama_cpp_is_asked_for_the_tokens_by_id(
    server: Server, llamacpp: OpenAIEngine
) -> None:
    server.body = events([A], [B])
    assert await llamacpp.score(PROMPT, TEXT) == [-1.5, -0.25]
    [asked] = server.asked
    assert asked["prompt"] == [ord(each) for each in PROMPT]
    assert asked["grammar"] == "root ::= <[97]> <[98]>"
    assert (asked["n_predict"], asked["n_probs"], asked["cache_prompt"]) == (2, 1, True)


async def test_vllm_is_asked_for_its_prompt(server: Server, vllm: OpenAIEngine) -> None:
    server.body = after_prompt(
        {"97": {"logprob": -1.5}}, {"7": {"logprob": -9}, "98": {"logprob": -0.25}}
    )
    assert await vllm.score(PROMPT, TEXT) == [-1.5, -0.25]
    assert server.asked == [
        {
            "model": "m",
            "prompt": [ord(each) for each in PROMPT + TEXT],
            "prompt_logprobs": 0,
            "max_tokens": 1,
            "temperature": 0,
        }
    ]


@pytest.mark.parametrize(("sent", "score"), [(-3.4e38, LEAST_LOG_PROBABILITY), (1e-7, 0.0)])
async def test_scores_have_bounds(
    server: Server, llamacpp: OpenAIEngine, vllm: OpenAIEngine, sent: float, score: float
) -> None:
    server.body = events([{"id": 97, "logprob": sent}])
    assert await llamacpp.score(PROMPT, "a") == [score]
    server.body = after_prompt({"97": {"logprob": sent}})
    assert await vllm.score(PROMPT, "a") == [score]


@pytest.mark.parametrize("dialect", ["llamacpp", "vllm"])
async def test_a_server_without_a_tokenizer_cannot_score(server: Server, dialect: Dialect) -> None:
    server.missing = {"/tokenize", "/apply-template"}
    engine = OpenAIEngine(server.base_url, dialect=dialect)
    for prompt in (PROMPT, [ChatMessage("user", "Hi")]):
        with pytest.raises(ScoringUnsupportedError, match=r"/tokenize.*cannot score.*Use"):
            await engine.score(prompt, TEXT)
    assert await engine.score(PROMPT, "") == []
    await engine.aclose()


async def test_a_server_without_templates_cannot_score_chats(
    server: Server, llamacpp: OpenAIEngine
) -> None:
    server.missing = {"/apply-template"}
    with pytest.raises(ScoringUnsupportedError, match="/apply-template"):
        await llamacpp.score([ChatMessage("user", "Hi")], TEXT)
    server.missing = set()
    with pytest.raises(EngineRequestError, match="template"):
        await llamacpp.score([ChatMessage("user", "Hi")], TEXT)


UNSUPPORTED = {
    "nothing": b"",
    "no probabilities": events(),
    "another token": events([A], [{"id": 99, "logprob": -1}]),
    "one too few": events([A]),
    "one too many": events([A], [B], [B]),
    "tokens without ids": events([{"logprob": -1}], [{"logprob": -1}]),
    "a text": events("abc"),
    "numbers": events([1], [2]),
}


@pytest.mark.parametrize("body", UNSUPPORTED.values(), ids=UNSUPPORTED.keys())
async def test_llama_cpp_that_writes_another_text_cannot_score(
    server: Server, llamacpp: OpenAIEngine, body: bytes
) -> None:
    server.body = body
    with pytest.raises(ScoringUnsupportedError, match="cannot score"):
        await llamacpp.score(PROMPT, TEXT)


MALFORMED = {
    "no JSON": b"data: {\n\n",
    "a list": b"data: []\n\n",
    "an error": b'data: {"error": {"code": 500, "message": "out of memory"}}\n\n',
    "a probability of text": events([A], [{"id": 98, "logprob": "x"}]),
    "a probability of null": events([A], [{"id": 98, "logprob": None}]),
    "a probability of true": events([A], [{"id": 98, "logprob": True}]),
    "a probability that is not finite": events([A], [B]).replace(b"-0.25", b"-Infinity"),
    "an endless event": b"data: " + b"a" * 2 * MEGABYTE + b"\n\n",
    "more than a score can be": b": comment\n" * MEGABYTE,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_llama_cpp_cannot_mean(
    server: Server, llamacpp: OpenAIEngine, body: bytes
) -> None:
    server.body = body
    with pytest.raises(EngineUnavailableError) as caught:
        await llamacpp.score(PROMPT, TEXT)
    assert len(str(caught.value)) < 1_000


OF_VLLM = {
    "no JSON": b"{",
    "no choices": b"{}",
    "empty choices": b'{"choices": []}',
    "choices of text": b'{"choices": "abc"}',
    "no probabilities": b'{"choices": [{"text": "x"}]}',
    "too few": choice([None, {"97": {"logprob": -1}}]),
    "null": after_prompt(None, {"98": {"logprob": -1}}),
    "another token": after_prompt({"97": {"logprob": -1}}, {"99": {"logprob": -1}}),
    "a probability of text": after_prompt({"97": {"logprob": "x"}}, {"98": {"logprob": -1}}),
    "a probability of null": after_prompt({"97": {"logprob": None}}, {"98": {"logprob": -1}}),
    "a number": after_prompt(-1, -1),
    "more than a score can be": b" " * 10 * MEGABYTE,
}


@pytest.mark.parametrize("body", OF_VLLM.values(), ids=OF_VLLM.keys())
async def test_what_vllm_cannot_mean(server: Server, vllm: OpenAIEngine, body: bytes) -> None:
    server.body = body
    with pytest.raises(KINDS) as caught:
        await vllm.score(PROMPT, TEXT)
    assert len(str(caught.value)) < 1_000


async def test_vllm_without_prompt_logprobs_cannot_score(
    server: Server, vllm: OpenAIEngine
) -> None:
    server.body = b'{"choices": [{"text": "x"}]}'
    with pytest.raises(ScoringUnsupportedError, match="prompt_logprobs"):
        await vllm.score(PROMPT, TEXT)


@pytest.mark.parametrize(
    "tokens", ["abc", [None], [{"id": "x", "piece": "a"}], [{"piece": "a"}], [1] * 20_000]
)
async def test_tokens_that_are_none(server: Server, llamacpp: OpenAIEngine, tokens: Any) -> None:
    server.tokens = tokens
    with pytest.raises(EngineRequestError):
        await llamacpp.score(PROMPT, TEXT)


@pytest.mark.parametrize("dialect", ["llamacpp", "vllm"])
async def test_errors_are_those_of_a_stream(server: Server, dialect: Dialect) -> None:
    engine = OpenAIEngine(server.base_url, dialect=dialect, first_token_timeout=20)
    server.status = 503
    with pytest.raises(EngineOverloadedError):
        await engine.score(PROMPT, TEXT)
    server.status = 500
    with pytest.raises(EngineUnavailableError):
        await engine.score(PROMPT, TEXT)
    await engine.aclose()
    server.status, server.seconds = 200, 60
    engine = OpenAIEngine(server.base_url, dialect=dialect, reply_timeout=0.2)
    with pytest.raises(EngineTimeoutError):
        await engine.score(PROMPT, TEXT)
    await engine.aclose()
