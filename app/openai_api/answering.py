"""Respond with a generation: one object, or a stream of events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from fastapi.sse import EventSourceResponse

from app.engines.port import FinishReason, Usage
from app.openai_api.events import DONE, KEEP_ALIVE, EventWriter
from app.openai_api.generation import Generation
from app.openai_api.schemas import GenerationRequest
from app.openai_api.shapes import AnswerShape, Json, offbook_fields, total_usage
from app.turns.listening import call_when_gone
from app.turns.prepared_prompt import PreparedPrompt


async def respond(
    request: Request,
    generation: Generation,
    shape: AnswerShape,
    wanted: GenerationRequest,
    keep_alive: float,
    patience: float,
) -> Response:
    """Return the response to ``request``; a client that leaves stops the engine.

    It does so at once, or after ``patience`` seconds. A stream begins with the first text, or after
    ``keep_alive`` seconds. Errors before that are raised, since the response can still have a
    status, as are all errors without a stream.
    """
    generation.patience = patience
    watcher = asyncio.create_task(call_when_gone(request, generation.leave))
    try:
        if not wanted.stream:
            answer = await _whole(generation, shape, wanted)
            watcher.cancel()
            return JSONResponse(answer)
        await generation.begin(keep_alive)
    except BaseException:
        watcher.cancel()
        generation.cancel()
        raise
    return EventSourceResponse(
        _stream(generation, shape, wanted, keep_alive, watcher),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _whole(generation: Generation, shape: AnswerShape, wanted: GenerationRequest) -> Json:
    texts: dict[int, str] = {}
    finishes: dict[int, FinishReason] = {}
    usages: dict[int, Usage] = {}
    own: Json = {}
    async with aclosing(generation.events()) as events:
        async for event in events:
            if isinstance(event, PreparedPrompt):
                own = offbook_fields(event)
            elif event is not None:
                delta, index = event.delta, event.choice
                texts[index] = texts.get(index, "") + delta.text
                if delta.finish_reason == "content_filter":
                    texts[index] = delta.text.lstrip()  # the notice, alone
                finishes[index] = delta.finish_reason or "stop"
                if delta.usage is not None:
                    usages[index] = delta.usage
    choices = [shape.choice(index, texts[index], finishes[index]) for index in sorted(texts)]
    return shape.whole(choices) | {"usage": total_usage(usages, wanted.n or 1)} | own


async def _stream(
    generation: Generation,
    shape: AnswerShape,
    wanted: GenerationRequest,
    keep_alive: float,
    watcher: asyncio.Task[None],
) -> AsyncGenerator[bytes, None]:
    """Yield the events; ``[DONE]`` follows even a failure, for some clients read until it."""
    writer = EventWriter(shape)
    try:
        async with aclosing(generation.events(keep_alive)) as events:
            async for event in events:
                if chunk := KEEP_ALIVE if event is None else writer.encode(event):
                    yield chunk
        if wanted.stream_options is not None and wanted.stream_options.include_usage:
            yield writer.usage(wanted.n or 1)
    except Exception as error:
        yield writer.failure(error)
    finally:
        watcher.cancel()
    yield DONE
