"""The events of a streamed answer.

Source: the OpenAI API reference, "Streaming". Every event has ``choices``, if only an empty list,
for clients look into it without asking.
"""

import json

from fastapi.sse import format_sse_event

from app.engines.port import Usage
from app.errors import describe_failure, openai_error
from app.openai_api.generation import ChoiceDelta, Event
from app.openai_api.shapes import AnswerShape, Json, own_fields, total_usage
from app.turns.prompt_builder import PreparedPrompt

KEEP_ALIVE = b": still here\n\n"
DONE = b"data: [DONE]\n\n"


class EventWriter:
    """Writes what happens in a generation, for one answer."""

    def __init__(self, shape: AnswerShape) -> None:
        self._shape = shape
        self._opened: set[int] = set()
        self._usages: dict[int, Usage] = {}

    def encode(self, event: Event) -> bytes:
        """What happened as server-sent events; nothing where it is not worth one."""
        if isinstance(event, PreparedPrompt):
            return _encode(self._shape.event(self._opening(0)) | own_fields(event))
        return self._encode_said(event)

    def usage(self, choices: int) -> bytes:
        """The tokens of the whole answer, which has so many ``choices`` to a prompt."""
        return _encode(self._shape.event([]) | {"usage": total_usage(self._usages, choices)})

    def failure(self, error: Exception) -> bytes:
        """What went wrong, once no status can say so any more."""
        failure = describe_failure(error)
        told = openai_error(failure.status, failure.error)
        return _encode(self._shape.event([]) | {"error": told})

    def _encode_said(self, said: ChoiceDelta) -> bytes:
        index, delta = said.choice, said.delta
        if delta.usage is not None:
            self._usages[index] = delta.usage
        opening = self._opening(index)
        encoded = _encode(self._shape.event(opening)) if opening else b""
        if delta.text or delta.finish_reason:
            piece = self._shape.piece(index, delta.text, delta.finish_reason)
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
