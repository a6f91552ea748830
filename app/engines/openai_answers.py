"""Parse untrusted answers of an OpenAI-compatible server: events, listings, errors.

Unexpected forms raise :class:`~app.engines.port.EngineError`, and every number, text and wait taken
over is within bounds that the rest of the service can handle.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn

from app.engines.openai_payload import RETRY_AFTER
from app.engines.port import (
    ContextTooLongError,
    EngineError,
    EngineOverloadedError,
    EngineRequestError,
    EngineUnavailableError,
    FinishReason,
    Usage,
)
from characters.json_values import JsonObject, JsonTextError, JsonValue, parse_json

_CONTEXT_TYPES = {"exceed_context_size_error", "context_length_exceeded"}
_CONTEXT_TEXT = re.compile(
    r"maximum context length|maximum model length|max_model_len|context (?:size|window|length)",
    re.IGNORECASE,
)
_SHOWN_CHARACTERS = 300
_LONGEST_WAIT = 3_600
"""Longest ``Retry-After`` that is honoured, in seconds."""
_MOST_TOKENS = 2**31 - 1
"""Largest count of a usage: the largest integer of the database."""
_LONGEST_NAME = 500
"""Characters of a model's name."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """Hold the content of one ``data`` payload."""

    text: str = ""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None


def stream_event(payload: str) -> StreamEvent:
    """Return the event of one payload other than ``[DONE]``.

    Raises the errors of :func:`streamed_object`.
    """
    event = streamed_object(payload)
    choice = _first_choice(event.get("choices"))
    return StreamEvent(
        text=_text(choice),
        finish_reason=_finish_reason(choice.get("finish_reason")),
        usage=_usage(event.get("usage")),
    )


def streamed_object(payload: str) -> JsonObject:
    """Return the JSON object of one payload other than ``[DONE]``.

    Raises the engine error that an ``error`` object describes, and
    :class:`EngineUnavailableError` for a payload of another form.
    """
    try:
        event = parse_json(payload)
    except JsonTextError as error:
        raise EngineUnavailableError(
            f"The engine sent an event that is {error.args[0][:_SHOWN_CHARACTERS]}.",
            retry_after=RETRY_AFTER,
        ) from error
    if not isinstance(event, dict):
        _malformed("an event that is not an object")
    if event.get("error"):
        raise _stream_error(event["error"])
    return event


def response_error(status: int, headers: Mapping[str, str], body: str) -> EngineError:
    """Return the engine error of an HTTP response with status 300 or more."""
    message, kind = _message(body)
    return _error(status, _retry_after(headers.get("retry-after")), message, kind)


def answered_object(body: bytes) -> JsonObject:
    """Return the JSON object of a body. Raises :class:`EngineRequestError` for other content."""
    try:
        answer = parse_json(body)
    except JsonTextError as error:
        raise EngineRequestError(
            f"The engine's answer is {error.args[0][:_SHOWN_CHARACTERS]}; is it the right address?"
        ) from error
    if not isinstance(answer, dict):
        raise EngineRequestError("The engine's answer is not an object; is it the right address?")
    return answer


def listed_models(answer: JsonObject) -> dict[str, JsonObject]:
    """Return the models of ``GET /v1/models`` by name, in the order of the listing."""
    data = answer.get("data")
    if not isinstance(data, list):
        raise EngineUnavailableError("The engine lists no model.", retry_after=RETRY_AFTER)
    models: dict[str, JsonObject] = {}
    for each in data:
        name = each.get("id") if isinstance(each, dict) else None
        if not isinstance(each, dict) or not isinstance(name, str) or len(name) > _LONGEST_NAME:
            raise EngineRequestError("The engine lists a model without a proper name.")
        models[name] = each
    return models


def reported_context(model: JsonObject) -> int | None:
    """Return the tokens per request: ``max_model_len`` on vLLM, a slot's ``n_ctx`` on llama.cpp."""
    meta = model.get("meta")
    reported = model.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None)
    if isinstance(reported, bool) or not isinstance(reported, int) or reported < 1:
        return None
    return reported


def token_ids(answer: JsonObject, most: int) -> list[int]:
    """Return the ids of ``POST /tokenize``; raise :class:`EngineRequestError` over ``most``."""
    ids = answer.get("tokens")
    if not isinstance(ids, list) or len(ids) > most:
        raise EngineRequestError("The engine's tokens are no list, or more than the text can have.")
    if not all(type(each) is int for each in ids):
        raise EngineRequestError("The engine's tokens are no numbers.")
    return [each for each in ids if isinstance(each, int)]


def control_tokens(answer: JsonObject) -> list[str]:
    """Return the control tokens in ``GET /tokenizer_info`` (vLLM), a ``tokenizer_config.json``."""
    added = answer.get("added_tokens_decoder")
    named = [each for key, each in answer.items() if key.endswith("_token")]
    further = answer.get("additional_special_tokens")
    listed: list[JsonValue] = [
        *(added.values() if isinstance(added, dict) else ()),
        *(further if isinstance(further, list) else ()),
        *named,
    ]
    contents = [each.get("content") if isinstance(each, dict) else each for each in listed]
    return [each for each in contents if isinstance(each, str)]


def _first_choice(choices: JsonValue) -> JsonObject:
    if choices is None or choices == []:
        return {}
    if not isinstance(choices, list) or not isinstance(choices[0], dict):
        _malformed("choices that are no list of objects")
    return choices[0]


def _text(choice: JsonObject) -> str:
    text = choice.get("text")
    if text is None:
        delta = choice.get("delta")
        if delta is not None and not isinstance(delta, dict):
            _malformed("a delta that is no object")
        text = delta.get("content") if delta else None
    if text is not None and not isinstance(text, str):
        _malformed("a text that is no text")
    return text or ""


def _finish_reason(reason: JsonValue) -> FinishReason | None:
    if reason is None:
        return None
    if not isinstance(reason, str):
        _malformed("a finish reason that is no text")
    if reason in ("abort", "error"):
        raise EngineUnavailableError(
            f"The engine gave up the generation ({reason}).", retry_after=RETRY_AFTER
        )
    return "length" if reason == "length" else "stop"


def _usage(usage: JsonValue) -> Usage | None:
    if usage is None:
        return None
    if not isinstance(usage, dict):
        _malformed("a usage that is no object")
    details = usage.get("prompt_tokens_details")
    if details is not None and not isinstance(details, dict):
        _malformed("a usage whose details are no object")
    return Usage(
        prompt_tokens=_tokens(usage.get("prompt_tokens")) or 0,
        completion_tokens=_tokens(usage.get("completion_tokens")) or 0,
        cached_tokens=_tokens(details.get("cached_tokens")) if details else None,
    )


def _tokens(count: JsonValue) -> int | None:
    if count is None:
        return None
    if isinstance(count, bool) or not isinstance(count, int | float) or count != int(count):
        _malformed("a usage that is no number of tokens")
    if not 0 <= count <= _MOST_TOKENS:
        _malformed("a usage of impossible size")
    return int(count)


def _malformed(what: str) -> NoReturn:
    raise EngineUnavailableError(f"The engine sent {what}.", retry_after=RETRY_AFTER)


def _stream_error(error: JsonValue) -> EngineError:
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return _error(status, None, *_message_and_type(error))


def _error(status: int, wait: int | None, message: str, kind: str) -> EngineError:
    if status in (429, 503):
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


def _message(body: str) -> tuple[str, str]:
    """Return the message and type of an error body, or the beginning of another body and ""."""
    try:
        parsed = parse_json(body)
    except JsonTextError:
        return body.strip()[:_SHOWN_CHARACTERS], ""
    return _message_and_type(parsed.get("error", parsed) if isinstance(parsed, dict) else parsed)


def _message_and_type(error: JsonValue) -> tuple[str, str]:
    if not isinstance(error, dict):
        return _shown(error), ""
    message = error.get("message") or error.get("detail") or error
    kinds: Sequence[str] = [_shown(error.get("type")), _shown(error.get("code"))]
    known = next((each for each in kinds if each in _CONTEXT_TYPES | {"unavailable_error"}), None)
    return _shown(message), known or kinds[0]


def _shown(value: JsonValue) -> str:
    """Return the beginning of the value's text."""
    if value is None:
        return ""
    return (value if isinstance(value, str) else repr(value))[:_SHOWN_CHARACTERS]


def _retry_after(value: str | None) -> int | None:
    """Return the seconds of a ``Retry-After`` header, seconds or an HTTP date (RFC 9110).

    At most an hour; None for a value that is neither.
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return int(value[:10]) if int(value[:10]) < _LONGEST_WAIT else _LONGEST_WAIT
    try:
        date = parsedate_to_datetime(value[:_SHOWN_CHARACTERS])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    try:
        seconds = round((date - datetime.now(UTC)).total_seconds())
    except OverflowError:
        return None
    return min(max(0, seconds), _LONGEST_WAIT)
