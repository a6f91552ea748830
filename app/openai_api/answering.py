"""Respond with a generation: one object, or a stream of events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from fastapi.sse import EventSourceResponse

from app.engines.port import FinishReason, Usage
from app.openai_api.events import DONE, KEEP_ALIVE, EventWriter
from app.openai_api.generation import Generation
from app.openai_api.schemas import GenerationRequest
from app.openai_api.shapes import AnswerShape, Json, offbook_fields, total_usage
from app.openai_api.structured import ToolCall
from app.turns.listening import call_when_gone
from app.turns.prepared_prompt import PreparedPrompt


class Answer(Protocol):
    """Turn a generation into the body of a response."""

    async def whole(self, generation: Generation) -> Json:
        """Return the response that does not stream; raise what made the generation fail."""
        ...

    def stream(self, generation: Generation, keep_alive: float) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events, a comment after ``keep_alive`` seconds of silence.

        A failure is an event too, since the response has its status by then.
        """
        ...


@dataclass(frozen=True, slots=True)
class Responder:
    """Turn a generation into the response to one request."""

    request: Request
    keep_alive: float
    """Longest silence of a stream, in seconds."""
    patience: float
    """Seconds for which a generation goes on whose client has left."""

    async def respond(
        self, generation: Generation, answer: Answer, *, stream: bool | None
    ) -> Response:
        """Return the response; a client that leaves stops the engine.

        It does so at once, or after the patience. A stream begins with the first text, or after a
        silence. Errors before that are raised, since the response can still have a status, as are
        all errors without a stream.
        """
        generation.patience = self.patience
        watcher = asyncio.create_task(call_when_gone(self.request, generation.leave))
        try:
            if not stream:
                body = await answer.whole(generation)
                watcher.cancel()
                return JSONResponse(body)
            await generation.begin(self.keep_alive)
        except BaseException:
            watcher.cancel()
            generation.cancel()
            raise
        return EventSourceResponse(
            _watched(answer.stream(generation, self.keep_alive), watcher),
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


async def _watched(
    chunks: AsyncGenerator[bytes, None], watcher: asyncio.Task[None]
) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk
    finally:
        watcher.cancel()


class CompletionAnswer:
    """Answer as ``/v1/chat/completions`` and ``/v1/completions`` do."""

    def __init__(self, shape: AnswerShape, wanted: GenerationRequest) -> None:
        self._shape = shape
        self._wanted = wanted

    async def whole(self, generation: Generation) -> Json:
        """Return the completion; see :class:`Answer`."""
        texts: dict[int, str] = {}
        finishes: dict[int, FinishReason] = {}
        usages: dict[int, Usage] = {}
        calls: dict[int, ToolCall | None] = {}
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
                    calls[index] = event.call
                    finishes[index] = delta.finish_reason or "stop"
                    if delta.usage is not None:
                        usages[index] = delta.usage
        shape = self._shape
        choices = [
            shape.choice(index, texts[index], finishes[index], calls[index])
            for index in sorted(texts)
        ]
        return shape.whole(choices) | {"usage": total_usage(usages, self._wanted.n or 1)} | own

    async def stream(
        self, generation: Generation, keep_alive: float
    ) -> AsyncGenerator[bytes, None]:
        """Yield the chunks; ``[DONE]`` follows even a failure, for some clients read until it."""
        writer = EventWriter(self._shape)
        options = self._wanted.stream_options
        try:
            async with aclosing(generation.events(keep_alive)) as events:
                async for event in events:
                    if chunk := KEEP_ALIVE if event is None else writer.encode(event):
                        yield chunk
            if options is not None and options.include_usage:
                yield writer.usage(self._wanted.n or 1)
        except Exception as error:
            yield writer.failure(error)
        yield DONE
