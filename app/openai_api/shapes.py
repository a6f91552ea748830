"""Answers as the OpenAI API has them: objects, whole and in pieces.

Source: the OpenAI API reference, "Chat Completions" and "Completions".
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from app.engines.port import FinishReason, Usage
from app.turns.prompt_builder import PreparedPrompt

Json = dict[str, object]


class AnswerShape(Protocol):
    """One of the two kinds of completions, for one answer."""

    def whole(self, choices: Sequence[Json]) -> Json:
        """The answer that does not stream."""
        ...

    def choice(self, index: int, text: str, finish: FinishReason) -> Json:
        """One choice of it."""
        ...

    def event(self, choices: Sequence[Json]) -> Json:
        """One event of the answer that streams."""
        ...

    def opening(self, index: int) -> Json | None:
        """The choice of an event before its first piece, where there is such an event."""
        ...

    def piece(self, index: int, text: str, finish: FinishReason | None) -> Json:
        """The choice of an event that says something, or that it is at its end."""
        ...


@dataclass(frozen=True, slots=True)
class ChatShape:
    """``chat.completion`` and ``chat.completion.chunk``."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, choices: Sequence[Json]) -> Json:
        return _answer(self, "chat.completion", choices)

    def choice(self, index: int, text: str, finish: FinishReason) -> Json:
        message = {"role": "assistant", "content": text}
        return {"index": index, "message": message, "logprobs": None, "finish_reason": finish}

    def event(self, choices: Sequence[Json]) -> Json:
        return _answer(self, "chat.completion.chunk", choices)

    def opening(self, index: int) -> Json | None:
        return _delta(index, {"role": "assistant", "content": ""}, None)

    def piece(self, index: int, text: str, finish: FinishReason | None) -> Json:
        return _delta(index, {"content": text} if text else {}, finish)


@dataclass(frozen=True, slots=True)
class TextShape:
    """``text_completion``, whole or in pieces."""

    model: str
    id: str = field(default_factory=lambda: f"cmpl-{uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, choices: Sequence[Json]) -> Json:
        return _answer(self, "text_completion", choices)

    def choice(self, index: int, text: str, finish: FinishReason) -> Json:
        return self.piece(index, text, finish)

    def event(self, choices: Sequence[Json]) -> Json:
        return self.whole(choices)

    def opening(self, index: int) -> Json | None:
        return None

    def piece(self, index: int, text: str, finish: FinishReason | None) -> Json:
        return {"index": index, "text": text, "logprobs": None, "finish_reason": finish}


def own_fields(prepared: PreparedPrompt) -> Json:
    """What no other server has to tell: the past lines that the prompt shows, best first.

    And its lore, where there is any, in the order of the prompt.
    """
    examples = [
        {"id": example.id, "score": round(example.score, 4), "text": example.render()}
        for example in prepared.shown
    ]
    lore = [{"name": each.name, "key": each.key, "text": each.text} for each in prepared.lore]
    return {"offbook": {"examples": examples, **({"lore": lore} if lore else {})}}


def total_usage(usages: Mapping[int, Usage], choices: int) -> Json | None:
    """Tokens of all choices; a prompt counts once, however many ``choices`` it has."""
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


def _delta(index: int, delta: Json, finish: FinishReason | None) -> Json:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
