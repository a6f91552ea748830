"""Serve the scripted engine over OpenAI-compatible HTTP, in a process of its own.

``python -m app.engines.scripted_server --port 9000 --tokens-per-second 50`` stands in for vLLM
without a model: it paces each reply like a model at next to no cost. Events have the fields of
vLLM's.
"""

import argparse
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import cycle, islice
from typing import Any
from zlib import crc32

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.engines.port import ChatMessage, Delta, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine, cache_scores
from app.engines.tokens import count_words, split_words

MODEL = "scripted"
_SENTENCE = "好的，这句话我记住了，我们慢慢往下说。"
"""One token per character, as the scripted engine counts."""
_RECORD_SEPARATOR = "\x1e"


def create_app(*, tokens_per_second: float, reply_tokens: int, context_length: int) -> Starlette:
    """Return the server; every reply has ``reply_tokens`` unless the request wants fewer.

    With 0 each reply is built from its prompt, as by the engine within the service.
    """
    reply = "".join(islice(cycle(_SENTENCE), reply_tokens)) if reply_tokens else None
    engine = ScriptedEngine(reply=reply, delay=1 / tokens_per_second, context_length=context_length)

    async def health(_: Request) -> Response:
        return Response()

    async def models(_: Request) -> Response:
        served = {"id": MODEL, "object": "model", "max_model_len": context_length}
        return JSONResponse({"object": "list", "data": [served]})

    async def tokenize(request: Request) -> Response:
        tokens = _token_ids(_prompt(await request.json()))
        return JSONResponse({"count": len(tokens), "tokens": tokens})

    async def generate(request: Request) -> Response:
        body = await request.json()
        if "prompt_logprobs" in body:
            return _scores(body["prompt"])
        prompt = _prompt(body)
        if (asked := count_words(str(prompt)) + body["max_tokens"]) > context_length:
            message = f"{asked} tokens exceed the maximum context length of {context_length}."
            return JSONResponse({"error": {"message": message, "code": 400}}, 400)
        return StreamingResponse(_events(engine, body, prompt), media_type="text/event-stream")

    return Starlette(
        routes=[
            Route("/health", health),
            Route("/v1/models", models),
            Route("/tokenize", tokenize, methods=["POST"]),
            Route("/v1/completions", generate, methods=["POST"]),
            Route("/v1/chat/completions", generate, methods=["POST"]),
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


def _scores(ids: list[int]) -> Response:
    """Return the log-probabilities of a prompt's tokens, as vLLM does; the first has none."""
    scored = zip(ids, cache_scores((), ids), strict=True)
    listed = [{str(id): {"logprob": score}} for id, score in scored]
    return JSONResponse({"choices": [{"text": "", "prompt_logprobs": [None, *listed[1:]]}]})


def _prompt(body: dict[str, Any]) -> EnginePrompt:
    if "messages" in body:
        return [ChatMessage(each["role"], each["content"]) for each in body["messages"]]
    return str(body["prompt"])


async def _events(
    engine: ScriptedEngine, body: dict[str, Any], prompt: EnginePrompt
) -> AsyncIterator[bytes]:
    sampling = Sampling(max_tokens=body["max_tokens"])
    chat = not isinstance(prompt, str)
    engine.calls.clear()  # only tests need them; a server running for hours must not keep them
    async with aclosing(engine.stream(prompt, sampling, body.get("stop") or ())) as deltas:
        async for delta in deltas:
            yield _event(_choice(delta, chat=chat), delta)
    yield b"data: [DONE]\n\n"


def _choice(delta: Delta, *, chat: bool) -> dict[str, object]:
    said = {"delta": {"content": delta.text}} if chat else {"text": delta.text}
    return {"index": 0, **said, "logprobs": None, "finish_reason": delta.finish_reason}


def _event(choice: dict[str, object], delta: Delta) -> bytes:
    event: dict[str, object] = {"id": "cmpl-scripted", "model": MODEL, "choices": [choice]}
    if delta.usage is not None:
        event["usage"] = {
            "prompt_tokens": delta.usage.prompt_tokens,
            "completion_tokens": delta.usage.completion_tokens,
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
    options = parser.parse_args()
    app = create_app(
        tokens_per_second=options.tokens_per_second,
        reply_tokens=options.reply_tokens,
        context_length=options.context_length,
    )
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
