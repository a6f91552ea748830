"""Shape completions as the OpenAI API has them, whole and in pieces.

Source: the OpenAI API reference, "Chat Completions" and "Completions".
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from app.engines.port import FinishReason, Usage
from app.openai_api.structured import ToolCall
from app.turns.prepared_prompt import PreparedPrompt

Json = dict[str, object]


class AnswerShape(Protocol):
    """Shape one response as one of the two kinds of completions."""

    def whole(self, choices: Sequence[Json]) -> Json:
        """Return the response that does not stream."""
        ...

    def choice(
        self, index: int, text: str, finish: FinishReason, call: ToolCall | None = None
    ) -> Json:
        """Return one choice of :meth:`whole`."""
        ...

    def event(self, choices: Sequence[Json]) -> Json:
        """Return one event of the response that streams."""
        ...

    def opening(self, index: int) -> Json | None:
        """Return the choice of the event before its first piece; None for no event."""
        ...

    def piece(
        self, index: int, text: str, finish: FinishReason | None, call: ToolCall | None = None
    ) -> Json:
        """Return the choice of an event with text or a call, or with its finish reason."""
        ...


@dataclass(frozen=True, slots=True)
class ChatShape:
    """Shape a response as ``chat.completion`` or ``chat.completion.chunk``."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))
    speaker: str | None = None
    """Who speaks on a stage: the message's name."""

    def whole(self, choices: Sequence[Json]) -> Json:
        return _answer(self, "chat.completion", choices)

    def choice(
        self, index: int, text: str, finish: FinishReason, call: ToolCall | None = None
    ) -> Json:
        message: Json = {"role": "assistant", **self._name, "content": text}
        ended: str = finish
        if call is not None:
            message |= {"content": None, "tool_calls": [call.shape()]}
            ended = "tool_calls"
        return {"index": index, "message": message, "logprobs": None, "finish_reason": ended}

    def event(self, choices: Sequence[Json]) -> Json:
        return _answer(self, "chat.completion.chunk", choices)

    def opening(self, index: int) -> Json | None:
        return _delta(index, {"role": "assistant", **self._name, "content": ""}, None)

    def piece(
        self, index: int, text: str, finish: FinishReason | None, call: ToolCall | None = None
    ) -> Json:
        if call is not None:
            return _delta(index, {"tool_calls": [{"index": 0, **call.shape()}]}, "tool_calls")
        return _delta(index, {"content": text} if text else {}, finish)

    @property
    def _name(self) -> Json:
        return {} if self.speaker is None else {"name": self.speaker}


@dataclass(frozen=True, slots=True)
class TextShape:
    """Shape a response as ``text_completion``, whole or in pieces."""

    model: str
    id: str = field(default_factory=lambda: f"cmpl-{uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, choices: Sequence[Json]) -> Json:
        return _answer(self, "text_completion", choices)

    def choice(
        self, index: int, text: str, finish: FinishReason, call: ToolCall | None = None
    ) -> Json:
        return self.piece(index, text, finish, call)

    def event(self, choices: Sequence[Json]) -> Json:
        return self.whole(choices)

    def opening(self, index: int) -> Json | None:
        return None

    def piece(
        self, index: int, text: str, finish: FinishReason | None, call: ToolCall | None = None
    ) -> Json:
        return {"index": index, "text": text, "logprobs": None, "finish_reason": finish}


def offbook_fields(prepared: PreparedPrompt) -> Json:
    """Return Offbook's own field: the examples that the prompt shows, best first.

    And its lore, if any, in the order of the prompt.
    """
    examples = [
        {"id": example.id, "score": round(example.score, 4), "text": example.render()}
        for example in prepared.shown
    ]
    lore = [{"name": each.name, "key": each.key, "text": each.text} for each in prepared.lore]
    return {"offbook": {"examples": examples, **({"lore": lore} if lore else {})}}


def total_usage(usages: Mapping[int, Usage], choices: int) -> Json | None:
    """Return the tokens of all choices; a prompt counts once for all its ``choices``."""
    if not usages:
        return None
    prompts = [usage for index, usage in usages.items() if index % choices == 0]
    prompt = sum(usage.prompt_tokens for usage in prompts)
    completion = sum(usage.completion_tokens for usage in usages.values())
    total: Json = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    cached = [usage.cached_tokens for usage in prompts if usage.cached_tokens is not None]
    return total | ({"prompt_tokens_details": {"cached_tokens": sum(cached)}} if cached else {})


def _answer(shape: ChatShape | TextShape, kind: str, choices: Sequence[Json]) -> Json:
    return {
        "id": shape.id,
        "object": kind,
        "created": shape.created,
        "model": shape.model,
        "choices": list(choices),
    }


def _delta(index: int, delta: Json, finish: str | None) -> Json:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
