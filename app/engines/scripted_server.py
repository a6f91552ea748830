"""Serve the scripted engine over OpenAI-compatible HTTP, in a process of its own.

``python -m app.engines.scripted_server --port 9000 --tokens-per-second 50`` stands in for vLLM
without a model: it paces each reply like a model at next to no cost. Events have the fields of
vLLM's, and so has what it understands of requests: a reply of its own choice is asked for with
``structured_outputs``, and its usage says how much of the prompt would have been cached.
"""

import argparse
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from zlib import crc32

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.engines.adapters import ServedAdapter
from app.engines.port import ChatMessage, Delta, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine, cache_scores
from app.engines.scripted_adapters import ScriptedAdapters, refusal
from app.engines.scripted_cache import PrefixCache
from app.engines.tokens import split_words

MODEL = "scripted"
_SENTENCE = "好的，这句话我记住了，我们慢慢往下说。"
"""One token per character, as the scripted engine counts."""
_RECORD_SEPARATOR = "\x1e"
_CACHED_TOKENS = 54_000
"""As many as a card of 24 GB keeps of Index, see ``docs/deploy.md``."""


class ScriptedServer:
    """Answer requests as vLLM does, without a model."""

    def __init__(
        self,
        *,
        tokens_per_second: float,
        reply_tokens: int,
        context_length: int,
        cached_tokens: int = _CACHED_TOKENS,
        enable_lora: bool = True,
    ) -> None:
        self.adapters = ScriptedAdapters()
        self.enable_lora = enable_lora
        self.running = 0
        """Replies under way."""
        self._reply = "".join(islice(cycle(_SENTENCE), reply_tokens)) if reply_tokens else None
        self._delay = 1 / tokens_per_second
        self._context_length = context_length
        self._cache = PrefixCache(cached_tokens)

    async def health(self, _: Request) -> Response:
        return Response()

    async def models(self, _: Request) -> Response:
        served = {"id": MODEL, "object": "model", "max_model_len": self._context_length}
        return JSONResponse({"object": "list", "data": [served, *self.adapters.models(MODEL)]})

    async def tokenize(self, request: Request) -> Response:
        tokens = _token_ids(_prompt(await request.json()))
        return JSONResponse({"count": len(tokens), "tokens": tokens})

    async def generate(self, request: Request) -> Response:
        body = await request.json()
        if (model := body.get("model", MODEL)) not in {MODEL, *self.adapters.loaded}:
            return refusal(404, f"The model `{model}` does not exist.")
        adapter = None if model == MODEL else str(model)
        if "prompt_logprobs" in body:
            return _scores(body["prompt"], adapter)
        prompt, limit = _prompt(body), self._context_length
        tokens = _token_ids(prompt)
        if (asked := max(len(tokens), body["max_tokens"])) > limit:
            message = f"{asked} tokens exceed the maximum context length of {limit}."
            return JSONResponse({"error": {"message": message, "code": 400}}, 400)
        events = self._events(body, prompt, self._cache.read(tokens, adapter), adapter)
        return StreamingResponse(events, media_type="text/event-stream")

    async def _events(
        self, body: dict[str, Any], prompt: EnginePrompt, cached: int, adapter: str | None
    ) -> AsyncIterator[bytes]:
        reply = body.get("structured_outputs", {}).get("choice", [self._reply])[0]
        if body.get("ignore_eos"):
            reply = (reply or _SENTENCE) * self._context_length
        engine = ScriptedEngine(reply=reply, delay=self._delay, context_length=self._context_length)
        if adapter is not None:
            await engine.serve_adapters([ServedAdapter(adapter, Path(), MODEL)])
        stop, chat = body.get("stop") or (), not isinstance(prompt, str)
        self.running += 1
        try:
            async with aclosing(
                engine.stream(prompt, _sampling(body), stop, adapter=adapter)
            ) as deltas:
                async for delta in deltas:
                    yield _event(_choice(delta, chat=chat), delta, cached)
        finally:
            self.running -= 1
        yield b"data: [DONE]\n\n"


def create_app(server: ScriptedServer) -> Starlette:
    """Return the application of a server."""
    return Starlette(
        routes=[
            Route("/health", server.health),
            Route("/v1/models", server.models),
            Route("/tokenize", server.tokenize, methods=["POST"]),
            Route("/v1/completions", server.generate, methods=["POST"]),
            Route("/v1/chat/completions", server.generate, methods=["POST"]),
            *(server.adapters.routes() if server.enable_lora else ()),
        ]
    )


def _token_ids(prompt: EnginePrompt) -> list[int]:
    """Return an id for each word, and a 0 for each record separator, as byte vocabularies do."""
    text = prompt if isinstance(prompt, str) else "\n".join(each.content for each in prompt)
    segments = ([*map(_word_id, split_words(part))] for part in text.split(_RECORD_SEPARATOR))
    first, *others = segments
    return first + [id for segment in others for id in (0, *segment)]


def _word_id(word: str) -> int:
    return 1 + crc32(word.encode("utf-8", "surrogatepass"))


def _scores(ids: list[int], adapter: str | None) -> Response:
    """Return the log-probabilities of a prompt's tokens, as vLLM does; the first has none."""
    before = map(_word_id, split_words(adapter or ""))
    scored = zip(ids, cache_scores(before, ids), strict=True)
    listed = [{str(id): {"logprob": score}} for id, score in scored]
    return JSONResponse({"choices": [{"text": "", "prompt_logprobs": [None, *listed[1:]]}]})


def _prompt(body: dict[str, Any]) -> EnginePrompt:
    if "messages" in body:
        return [ChatMessage(each["role"], each["content"]) for each in body["messages"]]
    return str(body["prompt"])


def _sampling(body: dict[str, Any]) -> Sampling:
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
    words = tuple(body.get("bad_words", ()))
    return Sampling(max_tokens=body["max_tokens"], avoided_words=words, json_schema=schema)


def _choice(delta: Delta, *, chat: bool) -> dict[str, object]:
    said = {"delta": {"content": delta.text}} if chat else {"text": delta.text}
    return {"index": 0, **said, "logprobs": None, "finish_reason": delta.finish_reason}


def _event(choice: dict[str, object], delta: Delta, cached: int) -> bytes:
    event: dict[str, object] = {"id": "cmpl-scripted", "model": MODEL, "choices": [choice]}
    if delta.usage is not None:
        event["usage"] = {
            "prompt_tokens": delta.usage.prompt_tokens,
            "completion_tokens": delta.usage.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": cached},
        }
    return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="app.engines.scripted_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tokens-per-second", type=float, default=50.0, help="of each stream")
    parser.add_argument(
        "--reply-tokens", type=int, default=200, help="0: replies that quote their prompts"
    )
    parser.add_argument("--context-length", type=int, default=4096)
    parser.add_argument("--cached-tokens", type=int, default=_CACHED_TOKENS)
    parser.add_argument("--enable-lora", action="store_true", help="load adapters at runtime")
    options = parser.parse_args()
    server = ScriptedServer(
        tokens_per_second=options.tokens_per_second,
        reply_tokens=options.reply_tokens,
        context_length=options.context_length,
        cached_tokens=options.cached_tokens,
        enable_lora=options.enable_lora,
    )
    uvicorn.run(
        create_app(server),
        host="127.0.0.1",
        port=options.port,
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
