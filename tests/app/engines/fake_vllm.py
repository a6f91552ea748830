"""A small real HTTP server that answers like vLLM: the protocol's other side, for tests.

The answers have the form of vLLM 0.32's, as ``test_vllm.py`` meets them, except that comments and
line ends of the other kind are strewn in, as proxies may do.
What it says is scripted by the prompt's first word or by ``FakeVLLM``'s attributes; it counts one
token per character, and sends its bytes cut in inconvenient places.
"""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.applications import Starlette

from app.engines.scripted import cache_scores
from app.engines.scripted_json import scripted_json

MODEL = "index-character"


@dataclass
class FakeVLLM:
    """The server and its script."""

    reply: str = "好的，没问题。"
    piece: int = 1
    """Characters per event."""
    cut: int = 7
    """Bytes per network chunk."""
    delay: float = 0.0
    context_length: int = 4096
    model: str = MODEL
    status: int = 200
    """Of generations."""
    error_body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Sent instead of a built stream."""
    tokenize: bool = True
    tokenizer_info: dict[str, Any] | None = None
    """What vLLM tells where it runs with ``--enable-tokenizer-info-endpoint``."""
    joins_separator: bool = False
    """Whether U+001E becomes one token with its neighbour."""
    honour_stop: bool = True
    requests: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    sessions: list[str | None] = field(default_factory=list)
    """The session header of each request for tokens or a generation."""
    running: int = 0
    base_url: str = ""

    def renew(self) -> None:
        """Forget the script, but not the generations whose readers have just left."""
        self.__dict__.update(FakeVLLM(base_url=self.base_url, running=self.running).__dict__)

    def generation(self, body: dict[str, Any], *, chat: bool) -> list[bytes]:
        # A reply that the context has no room for ends there; it is no error.
        room = min(body["max_tokens"], self.context_length - prompt_length(body))
        reply = self.reply
        if format := body.get("response_format"):
            reply = scripted_json(format["json_schema"]["schema"], reply)
        for word in body.get("bad_words", []):
            reply = reply.replace(word, "")
        if body.get("ignore_eos"):
            reply *= room // len(reply) + 1
        text, finish = reply[:room], "stop" if len(reply) <= room else "length"
        stops = body.get("stop", []) if self.honour_stop else []
        included = body.get("include_stop_str_in_output", False)
        for stop in stops:
            if stop in text:
                end = text.index(stop) + (len(stop) if included else 0)
                text, finish = text[:end], "stop"
        pieces = [text[at : at + self.piece] for at in range(0, len(text), self.piece)]
        # What might still become a stop string is held back, and comes with the end.
        held = 0 if included or not stops else max(map(len, stops)) - 1
        if held >= self.piece:
            pieces[-held // self.piece :] = ["".join(pieces[-held // self.piece :])]
        # An event for every token, though it may end no character; the last has the reason.
        choices = [self._choice(piece, chat=chat) for piece in ["", *pieces]]
        choices[-1]["finish_reason"] = finish
        if chat:
            choices[0]["delta"]["role"] = "assistant"
        events: list[dict[str, Any]] = [{"choices": [choice]} for choice in choices]
        prompt_tokens = prompt_length(body)
        usage = {
            "prompt_tokens": prompt_tokens,
            "total_tokens": prompt_tokens + len(text),
            "completion_tokens": len(text),
            "prompt_tokens_details": {"cached_tokens": 1},
        }
        events.append({"choices": [], "usage": usage})
        kind = "chat.completion.chunk" if chat else "text_completion"
        events = [{"id": "1", "object": kind, "created": 1, "model": MODEL} | e for e in events]
        return [
            *(b"data: " + json.dumps(each, ensure_ascii=False).encode() for each in events),
            b"data: [DONE]",
        ]

    def _choice(self, piece: str, *, chat: bool) -> dict[str, Any]:
        said = {"delta": {"content": piece}} if chat else {"text": piece, "stop_reason": None}
        return {"index": 0, "logprobs": None, "finish_reason": None} | said

    async def chunks(self, events: list[bytes]) -> AsyncIterator[bytes]:
        self.running += 1
        try:
            if self.raw is not None:
                yield self.raw
                return
            for event in events:
                await asyncio.sleep(self.delay)
                whole = b": a comment\r\n" + event + b"\r\n\r\n"
                for at in range(0, len(whole), self.cut):
                    yield whole[at : at + self.cut]
        finally:
            self.running -= 1


def scores(ids: list[int]) -> list[dict[str, Any] | None]:
    """The log-probabilities of a prompt's tokens, by a model that repeats itself."""
    each = zip(ids, cache_scores((), ids), strict=True)
    listed = [{str(id): {"logprob": score, "rank": 1}} for id, score in each]
    return [None, *listed[1:]]


def token_ids(part: str | int) -> list[int]:
    return [part] if isinstance(part, int) else [ord(character) for character in part]


def prompt_length(body: dict[str, Any]) -> int:
    if "prompt" in body:
        return len(body["prompt"])
    return sum(len(each["content"]) for each in body["messages"])


def refusal(fake: FakeVLLM, body: dict[str, Any]) -> str | None:
    """What vLLM says to too many stop strings, and to what is beyond its context."""
    limit, prompt_tokens = fake.context_length, prompt_length(body)
    if len(body.get("stop", [])) > 4:
        return "List should have at most 4 items after validation"
    if prompt_tokens > limit:
        return (
            f"This model's maximum context length is {limit} tokens. However, your prompt "
            f"contains at least {limit + 1} input tokens, which exceeds this limit even without "
            "any output tokens. Please reduce the length of the input prompt."
        )
    if body["max_tokens"] > limit:
        return (
            f"max_tokens={body['max_tokens']} cannot be greater than max_model_len={limit}. "
            "Please request fewer output tokens."
        )
    return None


def app_of(fake: FakeVLLM) -> FastAPI:
    app = FastAPI()

    @app.get("/health")
    async def health() -> Response:
        return Response()

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        model = {"id": fake.model, "object": "model", "max_model_len": fake.context_length}
        return {"object": "list", "data": [model]}

    @app.get("/tokenizer_info")
    async def tokenizer_info() -> Response:
        if fake.tokenizer_info is None:
            return JSONResponse({"detail": "Not SceneHits"}, 404)
        return JSONResponse(fake.tokenizer_info)

    @app.post("/tokenize")
    async def tokenize(request: Request) -> Response:
        body = await request.json()
        fake.sessions.append(request.headers.get("x-session-id"))
        fake.requests.append(body)
        if not fake.tokenize:
            return JSONResponse({"detail": "Not SceneHits"}, 404)
        if "content" in body:  # llama.cpp's: ids stay as they are
            parts = body["content"] if isinstance(body["content"], list) else [body["content"]]
            return JSONResponse({"tokens": [id for part in parts for id in token_ids(part)]})
        if "messages" in body:
            body["prompt"] = "".join(each["content"] for each in body["messages"])
        tokens = token_ids(body["prompt"])
        if fake.joins_separator and len(tokens) > 1:
            tokens = [id for id in tokens if id != ord("\x1e")]
        limit = fake.context_length
        return JSONResponse({"count": len(tokens), "max_model_len": limit, "tokens": tokens})

    async def score(request: Request, ids: list[int]) -> Response:
        fake.running += 1
        try:
            for _ in ids:
                await asyncio.sleep(fake.delay)
                if await request.is_disconnected():
                    break
        finally:
            fake.running -= 1
        return JSONResponse({"choices": [{"text": "好", "prompt_logprobs": scores(ids)}]})

    async def generate(request: Request, *, chat: bool) -> Response:
        body = await request.json()
        fake.sessions.append(request.headers.get("x-session-id"))
        fake.requests.append(body)
        fake.paths.append(request.url.path)
        fake.authorizations.append(request.headers.get("authorization"))
        if fake.status != 200:
            return JSONResponse(fake.error_body, fake.status, fake.headers)
        problem = refusal(fake, body)
        if problem:
            error = {"message": problem, "type": "BadRequestError", "param": None, "code": 400}
            return JSONResponse({"error": error}, 400)
        if "prompt_logprobs" in body:
            return await score(request, body["prompt"])
        events = fake.generation(body, chat=chat)
        return StreamingResponse(fake.chunks(events), media_type="text/event-stream")

    @app.post("/v1/completions")
    async def completions(request: Request) -> Response:
        return await generate(request, chat=False)

    @app.post("/v1/chat/completions")
    async def chat_completions(request: Request) -> Response:
        return await generate(request, chat=True)

    return app


class ServerThread:
    """An ASGI app on a loopback port, a free one by default, until ``close``."""

    def __init__(self, app: Starlette, port: int = 0) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            app, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
