"""Answer as ``/v1/responses`` does, whole or as its documented sequence of events.

Source: the OpenAI API reference, "Responses", "Streaming events".
"""

import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from fastapi.sse import format_sse_event

from app.engines.port import FinishReason, Usage
from app.errors import describe_failure, openai_error, openai_status
from app.openai_api.events import KEEP_ALIVE
from app.openai_api.generation import Event, Generation
from app.openai_api.response_shape import ResponseShape, text_part
from app.openai_api.shapes import Json, offbook_fields
from app.turns.prepared_prompt import PreparedPrompt


class ResponseAnswer:
    """Turn one generation, which has one choice, into a response."""

    def __init__(self, shape: ResponseShape) -> None:
        self._shape = shape
        self._texts: list[str] = []
        self._finish: FinishReason = "stop"
        self._usage: Usage | None = None
        self._own: Json = {}
        self._number = 0
        self._begun = False
        self._opened = False

    async def whole(self, generation: Generation) -> Json:
        """Return the response; see :class:`~app.openai_api.answering.Answer`."""
        async with aclosing(generation.events()) as events:
            async for event in events:
                if event is not None:
                    self._take(event)
        return self._ended()

    async def stream(
        self, generation: Generation, keep_alive: float
    ) -> AsyncGenerator[bytes, None]:
        """Yield the events; see :class:`~app.openai_api.answering.Answer`."""
        try:
            async with aclosing(generation.events(keep_alive)) as events:
                async for event in events:
                    if event is None:
                        yield KEEP_ALIVE
                        continue
                    delta = self._take(event)
                    for chunk in self._write(delta):
                        yield chunk
            for chunk in self._close():
                yield chunk
        except Exception as error:
            for chunk in self._fail(error):
                yield chunk

    def _take(self, event: Event) -> str:
        """Keep what an event brings; return its text."""
        if isinstance(event, PreparedPrompt):
            self._own = offbook_fields(event)
            return ""
        delta = event.delta
        if delta.finish_reason == "content_filter":
            self._texts = [delta.text.lstrip()]  # the notice, alone
        else:
            self._texts.append(delta.text)
        self._finish = delta.finish_reason or self._finish
        self._usage = delta.usage or self._usage
        return delta.text

    def _ended(self) -> Json:
        return self._shape.ended("".join(self._texts), self._finish, self._usage) | self._own

    def _begin(self) -> Iterator[bytes]:
        if self._begun:
            return
        self._begun = True
        response = self._shape.begun() | self._own
        yield self._event("response.created", response=response)
        yield self._event("response.in_progress", response=response)

    def _open(self) -> Iterator[bytes]:
        yield from self._begin()
        if self._opened:
            return
        self._opened = True
        item = self._shape.item("", "in_progress")
        yield self._event("response.output_item.added", output_index=0, item=item)
        yield self._part_event("response.content_part.added", part=text_part(""))

    def _write(self, delta: str) -> Iterator[bytes]:
        yield from self._begin()
        if delta:
            yield from self._open()
            yield self._part_event("response.output_text.delta", delta=delta, logprobs=[])

    def _close(self) -> Iterator[bytes]:
        """Yield what ends a response, also one without a word."""
        yield from self._open()
        text, ended = "".join(self._texts), self._ended()
        yield self._part_event("response.output_text.done", text=text, logprobs=[])
        yield self._part_event("response.content_part.done", part=text_part(text))
        item = self._shape.item(text, ended["status"])  # type: ignore[arg-type]  # a status: the shape has set it
        yield self._event("response.output_item.done", output_index=0, item=item)
        yield self._event(f"response.{ended['status']}", response=ended)

    def _fail(self, error: Exception) -> Iterator[bytes]:
        yield from self._begin()
        failure = describe_failure(error)
        body = openai_error(openai_status(failure.status), failure.error)
        shown = {name: body[name] for name in ("code", "message", "param")}
        yield self._event("error", **shown)
        response = self._shape.failed(failure.error, failure.status) | self._own
        yield self._event("response.failed", response=response)

    def _part_event(self, kind: str, **fields: object) -> bytes:
        place = {"item_id": self._shape.item_id, "output_index": 0, "content_index": 0}
        return self._event(kind, **place, **fields)

    def _event(self, kind: str, **fields: object) -> bytes:
        data = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        return format_sse_event(data_str=json.dumps(data, ensure_ascii=False), event=kind)
