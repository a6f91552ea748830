"""The OpenAI-compatible protocol, without a connection: requests out, events and errors in.

Sources: the OpenAI API reference (completions, chat completions, streaming), vLLM's protocol
module (extra sampling fields, ``max_model_len``), and llama.cpp's ``tools/server/README.md``.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from app.engines.port import (
    ContextTooLongError,
    EngineError,
    EngineOverloadedError,
    EnginePrompt,
    EngineRequestError,
    EngineUnavailableError,
    FinishReason,
    Sampling,
    Usage,
)

Dialect = Literal["vllm", "llamacpp"]
"""Whose names the fields beyond OpenAI's have."""

RETRY_AFTER = 5
"""Seconds to wait when the engine is gone and says nothing itself."""

_CONTEXT_TYPES = {"exceed_context_size_error", "context_length_exceeded"}
_CONTEXT_TEXT = re.compile(
    r"maximum context length|maximum model length|max_model_len|context (?:size|window|length)",
    re.IGNORECASE,
)
_SHOWN_CHARACTERS = 300
_MOST_STOPS = 4
"""OpenAI's limit, and vLLM's (``VLLM_MAX_STOP_STRINGS``): a request with more is refused. At the
others the text ends on our side, which leaves the stream."""


def generation_request(
    prompt: EnginePrompt, sampling: Sampling, stop: Sequence[str], *, model: str, dialect: Dialect
) -> tuple[str, dict[str, object]]:
    """Path below the server's root, and JSON body, of a streamed generation."""
    body: dict[str, object] = {
        "model": model,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "max_tokens": sampling.max_tokens,
    }
    body["repeat_penalty" if dialect == "llamacpp" else "repetition_penalty"] = (
        sampling.repetition_penalty
    )
    if dialect == "llamacpp":
        body["cache_prompt"] = True
        # An event after each batch of the prompt: writing one is how the server finds out that
        # nobody listens any more, so a prompt that is being read stops within a batch.
        body["return_progress"] = True
    if sampling.min_p is not None:
        body["min_p"] = sampling.min_p
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if stop:
        body["stop"] = list(stop)
        if dialect == "vllm":
            body["stop"] = list(stop[:_MOST_STOPS])
            # Else it holds back as much text as the longest stop string has, all the time. The
            # string itself is cut off on our side.
            body["include_stop_str_in_output"] = True
    body.update(sampling.extra)
    if isinstance(prompt, str):
        body["prompt"] = prompt
        return "/v1/completions", body
    body["messages"] = [{"role": each.role, "content": each.content} for each in prompt]
    if dialect == "vllm" and prompt[-1].role == "assistant":
        # llama.cpp goes on with a last assistant message by itself.
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return "/v1/chat/completions", body


Tokenizable = str | list[str | int]
"""A text; on llama.cpp also a list of texts, each tokenized by itself, and of ids, which stay."""


def tokenize_request(content: Tokenizable, *, model: str, dialect: Dialect) -> dict[str, object]:
    """JSON body of ``POST /tokenize``, which both servers have at their root."""
    if dialect == "llamacpp":
        return {"content": content}
    return {"model": model, "prompt": content, "add_special_tokens": False}


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """What one ``data`` payload said."""

    text: str = ""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None


def stream_event(payload: str) -> StreamEvent:
    """Read one payload other than ``[DONE]``.

    Raises the engine error that an ``error`` object names, and
    :class:`EngineUnavailableError` for anything that is no such event.
    """
    try:
        event = json.loads(payload)
    except ValueError as error:
        raise EngineUnavailableError(
            "The engine sent an event that is not JSON.", retry_after=RETRY_AFTER
        ) from error
    if not isinstance(event, dict):
        raise EngineUnavailableError(
            "The engine sent an event that is not an object.", retry_after=RETRY_AFTER
        )
    if event.get("error"):
        raise _stream_error(event["error"])
    choices = event.get("choices") or [{}]
    choice = choices[0]
    text = choice.get("text")
    if text is None:
        text = (choice.get("delta") or {}).get("content")
    return StreamEvent(
        text=text or "",
        finish_reason=_finish_reason(choice.get("finish_reason")),
        usage=_usage(event.get("usage")),
    )


def response_error(status: int, headers: Mapping[str, str], body: str) -> EngineError:
    """The engine error that an HTTP status of 400 or more means."""
    message, kind = _message(body)
    if status in (429, 503):
        wait = _retry_after(headers.get("retry-after"))
        if kind == "unavailable_error":  # llama.cpp, while it loads the model
            return EngineUnavailableError(
                f"The engine is not ready: {message}", retry_after=wait or RETRY_AFTER
            )
        return EngineOverloadedError(f"The engine is overloaded: {message}", retry_after=wait)
    if status < 500 and (kind in _CONTEXT_TYPES or _CONTEXT_TEXT.search(message)):
        return ContextTooLongError(f"The prompt is too long for the engine: {message}")
    if status >= 500:
        return EngineUnavailableError(
            f"The engine failed with status {status}: {message}", retry_after=RETRY_AFTER
        )
    return EngineRequestError(f"The engine refused the request with status {status}: {message}")


def _stream_error(error: object) -> EngineError:
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return response_error(status, {}, json.dumps({"error": error}))


def _finish_reason(reason: object) -> FinishReason | None:
    if reason is None:
        return None
    if reason in ("abort", "error"):
        raise EngineUnavailableError(
            f"The engine gave up the generation ({reason}).", retry_after=RETRY_AFTER
        )
    return "length" if reason == "length" else "stop"


def _usage(usage: object) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details") or {}
    return Usage(
        prompt_tokens=int(usage.get("prompt_tokens") or 0),
        completion_tokens=int(usage.get("completion_tokens") or 0),
        cached_tokens=details.get("cached_tokens"),
    )


def _message(body: str) -> tuple[str, str]:
    """The message and type in an error body, or the beginning of a body of another form."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return body.strip()[:_SHOWN_CHARACTERS], ""
    error = parsed.get("error", parsed) if isinstance(parsed, dict) else parsed
    if not isinstance(error, dict):
        return str(error)[:_SHOWN_CHARACTERS], ""
    message = error.get("message") or error.get("detail") or json.dumps(error, ensure_ascii=False)
    kinds = {str(error.get("type")), str(error.get("code"))}
    known = kinds & (_CONTEXT_TYPES | {"unavailable_error"})
    return str(message)[:_SHOWN_CHARACTERS], next(iter(known), str(error.get("type") or ""))


def _retry_after(value: str | None) -> int | None:
    """Seconds of a ``Retry-After`` header, which holds seconds or an HTTP date (RFC 9110)."""
    if value is None:
        return None
    if value.strip().isdigit():
        return int(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, round((moment - datetime.now(UTC)).total_seconds()))
