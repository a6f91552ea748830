"""Shape responses as the OpenAI API has them.

Source: the OpenAI API reference, "Responses", "The response object".
"""

import time
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

from app.engines.port import FinishReason, Usage
from app.openai_api.response_input import ResponseRequest
from app.openai_api.schemas import NO_LIMIT
from app.openai_api.shapes import Json
from app.schemas import ErrorDetail

Status = Literal["in_progress", "completed", "incomplete", "failed"]
_INCOMPLETE: dict[FinishReason, str] = {
    "length": "max_output_tokens",
    "content_filter": "content_filter",
}
"""Why a response is incomplete, by why its generation ended."""


@dataclass(frozen=True, slots=True)
class ResponseShape:
    """Shape one response, whole or at a point of its stream."""

    model: str
    wanted: ResponseRequest
    id: str = field(default_factory=lambda: f"resp_{uuid4().hex}")
    item_id: str = field(default_factory=lambda: f"msg_{uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def begun(self) -> Json:
        """Return the response before its first text."""
        return self._response("in_progress", [])

    def ended(self, text: str, finish: FinishReason, usage: Usage | None) -> Json:
        """Return the whole response; it is incomplete where the reply was cut off."""
        reason = _INCOMPLETE.get(finish)
        status: Status = "completed" if reason is None else "incomplete"
        return self._response(status, [self.item(text, status)]) | {
            "incomplete_details": None if reason is None else {"reason": reason},
            "usage": None if usage is None else shape_usage(usage),
        }

    def failed(self, error: ErrorDetail, status: int) -> Json:
        """Return the response of a generation that failed while it streamed."""
        codes = {400: "invalid_prompt", 422: "invalid_prompt", 429: "rate_limit_exceeded"}
        body = {"code": codes.get(status, "server_error"), "message": error.message}
        return self._response("failed", []) | {"error": body}

    def item(self, text: str, status: Status) -> Json:
        """Return the message of the output; without content before its first text."""
        content = [] if status == "in_progress" else [text_part(text)]
        return {
            "id": self.item_id,
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": content,
        }

    def _format(self) -> Json:
        asked = self.wanted.text.format if self.wanted.text else None
        if asked is None:
            return {"type": "text"}
        return asked.model_dump(by_alias=True, exclude_none=True)

    def _response(self, status: Status, output: list[Json]) -> Json:
        wanted = self.wanted
        most = wanted.max_output_tokens
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": None,
            "instructions": wanted.instructions,
            "max_output_tokens": None if most == NO_LIMIT else most,
            "metadata": wanted.metadata or {},
            "model": self.model,
            "output": output,
            "parallel_tool_calls": True,
            "previous_response_id": None,
            "reasoning": {"effort": None, "summary": None},
            "store": False,
            "temperature": wanted.temperature,
            "text": {"format": self._format()},
            "tool_choice": "auto",
            "tools": [],
            "top_p": wanted.top_p,
            "truncation": "auto",
            "usage": None,
            "user": wanted.user,
            "safety_identifier": wanted.safety_identifier,
        }


def text_part(text: str) -> Json:
    """Return the one part of a message's content."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def shape_usage(usage: Usage) -> Json:
    """Return a generation's tokens under the names of this API."""
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cached_tokens or 0,
            "cache_write_tokens": 0,
        },
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }
