"""Build requests of the OpenAI-compatible protocol; ``openai_answers.py`` parses the answers.

Sources: the OpenAI API reference (completions, chat completions, streaming), vLLM's protocol
module (extra sampling fields, ``max_model_len``), and llama.cpp's ``tools/server/README.md``.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from app.engines.port import ChatMessage, EnginePrompt, Sampling

Dialect = Literal["vllm", "llamacpp"]
"""The server whose names the fields beyond OpenAI's use."""

RETRY_AFTER = 5
"""Seconds to wait where an unavailable engine suggests none."""

_MOST_STOPS = 4
"""OpenAI's limit, and vLLM's (``VLLM_MAX_STOP_STRINGS``): a request with more is refused. Further
stop strings end the text in this client, which then closes the stream."""

_AVOIDANCE_BIAS = -12
"""Added to the logit of an avoided token: it is chosen only where almost nothing else fits."""

_TOKENS_PER_BYTE = 2
_SPARE_TOKENS = 10_000


def generation_request(
    prompt: EnginePrompt,
    sampling: Sampling,
    stop: Sequence[str],
    *,
    model: str,
    dialect: Dialect,
    template_options: Mapping[str, object] = MappingProxyType({}),
) -> tuple[str, dict[str, object]]:
    """Return the path below the server's root and the JSON body of a streamed generation.

    ``template_options`` are variables of the model's chat template.
    """
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
        # Request an event after each batch of the prompt: a failed write is how the server notices
        # a closed connection, so a prompt being processed stops within a batch.
        body["return_progress"] = True
    if sampling.min_p is not None:
        body["min_p"] = sampling.min_p
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if stop:
        body["stop"] = list(stop)
        if dialect == "vllm":
            body["stop"] = list(stop[:_MOST_STOPS])
            # Otherwise vLLM always holds back as much text as the longest stop string has. The
            # string itself is cut off in this client.
            body["include_stop_str_in_output"] = True
    if sampling.json_schema is not None:
        body |= schema_fields(sampling.json_schema, dialect)
    body.update(sampling.extra)
    if sampling.avoided_words:
        body |= avoidance_fields(sampling.avoided_words, sampling.extra, dialect)
    if isinstance(prompt, str):
        body["prompt"] = prompt
        return "/v1/completions", body
    return "/v1/chat/completions", with_template_options(
        body | chat_fields(prompt, dialect), template_options
    )


def schema_fields(schema: Mapping[str, object], dialect: Dialect) -> dict[str, object]:
    """Return the fields that hold a text to a JSON Schema, for completions of either kind."""
    if dialect == "llamacpp":
        return {"json_schema": dict(schema)}
    named = {"name": "reply", "schema": dict(schema), "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def with_template_options(
    body: Mapping[str, object], options: Mapping[str, object]
) -> dict[str, object]:
    """Return the body of a request, with the options where it has a chat prompt."""
    if not options or "messages" not in body:
        return dict(body)
    return {**body, "chat_template_kwargs": dict(options)}


def avoidance_fields(
    words: Sequence[str], given: Mapping[str, object], dialect: Dialect
) -> dict[str, object]:
    """Return the fields that keep words out of the text, beside those ``given`` already.

    vLLM bans a sequence of tokens, with and without a space before it. llama.cpp lowers each token
    of a string wherever it occurs, so that a ban would be too much for words of several tokens.
    """
    if dialect == "vllm":
        known = given.get("bad_words")
        return {"bad_words": [*(known if isinstance(known, list) else []), *words]}
    spelled = [
        form for word in words for form in ([word, f" {word}"] if word.isascii() else [word])
    ]
    bias = given.get("logit_bias")
    if isinstance(bias, Mapping):  # the form of OpenAI's API
        known = [[int(token) if token.isdecimal() else token, by] for token, by in bias.items()]
    else:
        known = bias if isinstance(bias, list) else []
    return {"logit_bias": [*known, *([form, _AVOIDANCE_BIAS] for form in spelled)]}


def chat_fields(messages: Sequence[ChatMessage], dialect: Dialect) -> dict[str, object]:
    """Return the fields of a request with a chat prompt, whose reply is to follow."""
    fields: dict[str, object] = {
        "messages": [{"role": each.role, "content": each.content} for each in messages]
    }
    if dialect == "vllm" and messages[-1].role == "assistant":
        # llama.cpp continues a last assistant message by default.
        fields |= {"continue_final_message": True, "add_generation_prompt": False}
    return fields


Tokenizable = str | list[str | int]
"""A text; on llama.cpp also a list of texts, tokenized separately, and of ids, kept as they are."""


def tokenize_request(content: Tokenizable, *, model: str, dialect: Dialect) -> dict[str, object]:
    """Return the JSON body of ``POST /tokenize``, at the root of both servers."""
    if dialect == "llamacpp":
        return {"content": content}
    return {"model": model, "prompt": content, "add_special_tokens": False}


def most_tokens(content: Tokenizable) -> int:
    """Return a bound on the tokens of the texts, and of the ids or separators among them."""
    parts = [content] if isinstance(content, str) else content
    texts = (len(part.encode("utf-8", "surrogatepass")) for part in parts if isinstance(part, str))
    return _SPARE_TOKENS + _TOKENS_PER_BYTE * (2 * len(parts) + sum(texts))
