"""A small real HTTP server that answers like vLLM: the protocol's other side, for tests.

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
    status: int = 200
    """Of generations."""
    error_body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Sent instead of a built stream."""
    tokenize: bool = True
    honour_stop: bool = True
    requests: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    running: int = 0
    base_url: str = ""

    def generation(self, body: dict[str, Any], *, chat: bool) -> list[bytes]:
        text, finish = self.reply[: body["max_tokens"]], "length"
        if len(self.reply) <= body["max_tokens"]:
            finish = "stop"
        for stop in body.get("stop", []) if self.honour_stop else []:
            if stop in text:
                text, finish = text[: text.index(stop)], "stop"
        events: list[dict[str, Any]] = []
        if chat:
            events.append({"choices": [{"delta": {"role": "assistant", "content": ""}}]})
        for at in range(0, len(text), self.piece):
            piece = text[at : at + self.piece]
            events.append({"choices": [{"delta": {"content": piece}} if chat else {"text": piece}]})
        events.append({"choices": [{"delta": {}, "text": "", "finish_reason": finish}]})
        usage = {"prompt_tokens": prompt_length(body), "completion_tokens": len(text)}
        usage_event = usage | {"prompt_tokens_details": {"cached_tokens": 1}}
        events.append({"choices": [], "usage": usage_event})
        return [
            *(b"data: " + json.dumps(each, ensure_ascii=False).encode() for each in events),
            b"data: [DONE]",
        ]

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


def prompt_length(body: dict[str, Any]) -> int:
    if "prompt" in body:
        return len(body["prompt"])
    return sum(len(each["content"]) for each in body["messages"])


def app_of(fake: FakeVLLM) -> FastAPI:
    app = FastAPI()

    @app.get("/health")
    async def health() -> Response:
        return Response()

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"data": [{"id": MODEL, "max_model_len": fake.context_length}]}

    @app.post("/tokenize")
    async def tokenize(request: Request) -> Response:
        body = await request.json()
        fake.requests.append(body)
        if not fake.tokenize:
            return JSONResponse({"detail": "Not Found"}, 404)
        return JSONResponse({"tokens": list(range(len(body["prompt"])))})

    async def generate(request: Request, *, chat: bool) -> Response:
        body = await request.json()
        fake.requests.append(body)
        fake.paths.append(request.url.path)
        fake.authorizations.append(request.headers.get("authorization"))
        if fake.status != 200:
            return JSONResponse(fake.error_body, fake.status, fake.headers)
        asked = prompt_length(body) + body["max_tokens"]
        if asked > fake.context_length:
            message = f"This model's maximum context length is {fake.context_length} tokens."
            return JSONResponse({"error": {"message": message, "code": 400}}, 400)
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
    """An ASGI app on a free loopback port, until ``close``."""

    def __init__(self, app: FastAPI) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
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
