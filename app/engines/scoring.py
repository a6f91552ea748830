"""Score a given text with llama.cpp's server or vLLM: the log-probability of each token.

llama.cpp's server reports probabilities of the tokens that it generates only, so a grammar that
admits a single sequence of tokens makes it generate the text: ``tools/server/README.md``
(``/completion``, ``n_probs``) and ``grammars/README.md`` (tokens by id). vLLM reports those of a
prompt's tokens: its ``prompt_logprobs``.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from app.engines.connection import MOST_BYTES
from app.engines.openai_answers import token_ids
from app.engines.openai_payload import RETRY_AFTER, Dialect, chat_fields, most_tokens
from app.engines.port import (
    LEAST_LOG_PROBABILITY,
    ChatMessage,
    ContextTooLongError,
    EnginePrompt,
    EngineRequestError,
    EngineUnavailableError,
    Limits,
    ScoringUnsupportedError,
)
from characters.json_values import JsonObject, JsonValue

NO_ROUTE = (404, 405, 501)
"""Statuses of a server without a path."""
BYTES_PER_ID = 16
"""Longest serialised token id with its separator."""
_BYTES_PER_CHARACTER = 6
"""Longest escape of a character in JSON."""
_BYTES_PER_SCORE = 4_096
"""Bound of a token's entry in an answer; servers write some 300 bytes."""

Ask = Callable[[str, Mapping[str, object], int, int], Awaitable[JsonObject]]
"""Function from a path, a body, the most bytes of the answer, and the tokens to generate or read
after the prompt, to the answer. Raises :class:`ScoringUnsupportedError` without that path."""


class TextScorer:
    """Score texts with one server."""

    def __init__(self, dialect: Dialect, ask: Ask) -> None:
        self._dialect = dialect
        self._ask = ask

    async def score(self, prompt: EnginePrompt, continuation: str, limits: Limits) -> list[float]:
        """Return the scores of the tokens of ``continuation``, see :meth:`ChatEngine.score`.

        Both texts are sent as they are: control tokens in them are broken before.
        """
        ids = await self._tokens(self._continuation(continuation, limits.model), continuation)
        before = await self._prompt_ids(prompt, limits.model)
        if not before:
            raise EngineRequestError("The prompt has no token to score a continuation after.")
        if len(before) + len(ids) > limits.context_length:
            raise ContextTooLongError(
                f"{len(before)} tokens of prompt and {len(ids)} to score do not fit the engine's "
                f"context of {limits.context_length}."
            )
        if not ids:
            return []
        if self._dialect == "llamacpp":
            return await self._score_by_grammar(before, ids)
        return await self._score_prompt(before, ids, limits.model)

    def _continuation(self, text: str, model: str) -> dict[str, object]:
        if self._dialect == "llamacpp":
            return {"content": text, "parse_special": False}
        return {"model": model, "prompt": text, "add_special_tokens": False}

    async def _prompt_ids(self, prompt: EnginePrompt, model: str) -> list[int]:
        """Return the tokens of the prompt as a generation has them, with special ones."""
        if self._dialect == "llamacpp":
            text = prompt if isinstance(prompt, str) else await self._templated(prompt)
            return await self._tokens({"content": text, "add_special": True}, text)
        if isinstance(prompt, str):
            return await self._tokens({"model": model, "prompt": prompt}, prompt)
        asked = {"model": model, "add_generation_prompt": True, **chat_fields(prompt, "vllm")}
        return await self._tokens(asked, "".join(each.content for each in prompt))

    async def _tokens(self, asked: Mapping[str, object], text: str) -> list[int]:
        most = most_tokens(text)
        answer = await self._ask("/tokenize", asked, MOST_BYTES + BYTES_PER_ID * most, 0)
        return token_ids(answer, most)

    async def _templated(self, messages: Sequence[ChatMessage]) -> str:
        """Return the text that the model's own template makes of messages."""
        length = sum(len(each.content) for each in messages)
        most_bytes = MOST_BYTES + _BYTES_PER_CHARACTER * length
        answer = await self._ask(
            "/apply-template", chat_fields(messages, "llamacpp"), most_bytes, 0
        )
        text = answer.get("prompt")
        if not isinstance(text, str):
            raise EngineRequestError("The engine's chat template gave no text.")
        return text

    async def _score_by_grammar(self, before: list[int], ids: list[int]) -> list[float]:
        asked = {
            "prompt": before,
            "grammar": "root ::= " + " ".join(f"<[{each}]>" for each in ids),
            "n_predict": len(ids),
            "n_probs": 1,
            "post_sampling_probs": False,
            "temperature": 0,
            "cache_prompt": True,
            "stream": False,
            # Otherwise the answer repeats the prompt and the grammar.
            "response_fields": ["completion_probabilities"],
        }
        answer = await self._ask("/completion", asked, _most_bytes(len(ids)), len(ids))
        steps = answer.get("completion_probabilities")
        if not isinstance(steps, list) or [_field(each, "id") for each in steps] != ids:
            raise unsupported("the grammar of the tokens to score")
        return [_score(_field(each, "logprob")) for each in steps]

    async def _score_prompt(self, before: list[int], ids: list[int], model: str) -> list[float]:
        asked = {
            "model": model,
            "prompt": [*before, *ids],
            "prompt_logprobs": 0,
            "max_tokens": 1,
            "temperature": 0,
        }
        tokens = len(before) + len(ids)
        answer = await self._ask("/v1/completions", asked, _most_bytes(tokens), len(ids))
        listed = answer.get("choices")
        choices = listed if isinstance(listed, list) else []
        steps = _field(choices[0], "prompt_logprobs") if choices else None
        if not isinstance(steps, list) or len(steps) != tokens:
            raise unsupported("prompt_logprobs")
        scored = zip(steps[-len(ids) :], ids, strict=True)
        return [_score(_field(_field(step, str(id)), "logprob")) for step, id in scored]


def unsupported(what: str) -> ScoringUnsupportedError:
    """Return the error of a server without the path or field ``what``."""
    return ScoringUnsupportedError(
        f"The engine's server does not support {what}, so it cannot score a given text. Use vLLM "
        "or the embedded engine for it."
    )


def _most_bytes(tokens: int) -> int:
    return MOST_BYTES + _BYTES_PER_SCORE * tokens


def _field(value: JsonValue, name: str) -> JsonValue:
    return value.get(name) if isinstance(value, dict) else None


def _score(value: JsonValue) -> float:
    """Return a log-probability within the port's bounds: rounding may bring it above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EngineUnavailableError(
            "The engine sent a probability that is no number.", retry_after=RETRY_AFTER
        )
    return float(min(max(value, LEAST_LOG_PROBABILITY), 0.0))
