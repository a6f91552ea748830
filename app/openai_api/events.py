"""Write the events of a streamed response.

Source: the OpenAI API reference, "Streaming". Every event has ``choices``, if only an empty list,
for clients read it without checking.
"""

import json

from fastapi.sse import format_sse_event

from app.engines.port import Usage
from app.errors import describe_failure, openai_error
from app.openai_api.generation import ChoiceDelta, Event
from app.openai_api.shapes import AnswerShape, Json, offbook_fields, total_usage
from app.turns.prepared_prompt import PreparedPrompt

KEEP_ALIVE = b": still here\n\n"
DONE = b"data: [DONE]\n\n"


class EventWriter:
    """Write the events of one response."""

    def __init__(self, shape: AnswerShape) -> None:
        self._shape = shape
        self._opened: set[int] = set()
        self._usages: dict[int, Usage] = {}

    def encode(self, event: Event) -> bytes:
        """Return an event of the generation as server-sent events; maybe none."""
        if isinstance(event, PreparedPrompt):
            return _encode(self._shape.event(self._opening(0)) | offbook_fields(event))
        return self._encode_delta(event)

    def usage(self, choices: int) -> bytes:
        """Return the event with the whole response's tokens; each prompt has ``choices``."""
        return _encode(self._shape.event([]) | {"usage": total_usage(self._usages, choices)})

    def failure(self, error: Exception) -> bytes:
        """Return the event of a failure, once the response has its status."""
        failure = describe_failure(error)
        body = openai_error(failure.status, failure.error)
        return _encode(self._shape.event([]) | {"error": body})

    def _encode_delta(self, event: ChoiceDelta) -> bytes:
        index, delta = event.choice, event.delta
        if delta.usage is not None:
            self._usages[index] = delta.usage
        opening = self._opening(index)
        encoded = _encode(self._shape.event(opening)) if opening else b""
        if delta.text or delta.finish_reason:
            piece = self._shape.piece(index, delta.text, delta.finish_reason, event.call)
            encoded += _encode(self._shape.event([piece]))
        return encoded

    def _opening(self, index: int) -> list[Json]:
        if index in self._opened:
            return []
        self._opened.add(index)
        opening = self._shape.opening(index)
        return [] if opening is None else [opening]


def _encode(data: Json) -> bytes:
    return format_sse_event(data_str=json.dumps(data, ensure_ascii=False))
