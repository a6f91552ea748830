"""The OpenAI-compatible protocol, without a connection: requests. Answers: ``openai_answers.py``.

Sources: the OpenAI API reference (completions, chat completions, streaming), vLLM's protocol
module (extra sampling fields, ``max_model_len``), and llama.cpp's ``tools/server/README.md``.
"""

from collections.abc import Sequence
from typing import Literal

from app.engines.port import EnginePrompt, Sampling

Dialect = Literal["vllm", "llamacpp"]
"""Whose names the fields beyond OpenAI's have."""

RETRY_AFTER = 5
"""Seconds to wait when the engine is gone and says nothing itself."""

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
