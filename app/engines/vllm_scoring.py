"""Score a text with vLLM, which reports log-probabilities of a prompt's tokens.

Source: vLLM's ``vllm/entrypoints/openai/completion/protocol.py`` and
``sampling_params.py`` (``prompt_logprobs``: 0 is the prompt's own tokens only, before any sampler).
"""

from collections.abc import Mapping

from app.engines.connection import MOST_BYTES
from app.engines.openai_answers import answered_object, token_ids
from app.engines.openai_payload import chat_fields, most_tokens, tokenize_request
from app.engines.port import EnginePrompt, Limits
from app.engines.scoring import (
    BYTES_PER_ID,
    Ask,
    bounded,
    check_quota,
    field,
    most_bytes,
    number,
    unsupported,
)


class VllmScorer:
    """Implement :class:`~app.engines.scoring.TextScorer`: one pass over prompt and text."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def score(self, prompt: EnginePrompt, continuation: str, limits: Limits) -> list[float]:
        """See :meth:`TextScorer.score`."""
        model = limits.model
        asked = tokenize_request(continuation, model=model, dialect="vllm")
        ids = await self._tokens(asked, continuation)
        before = await self._prompt_ids(prompt, model)
        check_quota(before, ids, limits)
        body = {
            "model": model,
            "prompt": [*before, *ids],
            "prompt_logprobs": 0,
            "max_tokens": 1,
            "temperature": 0,
        }
        tokens = len(before) + len(ids)
        answer = await self._ask("/v1/completions", body, most_bytes(tokens), len(ids))
        choices = answered_object(answer).get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        steps = field(choice, "prompt_logprobs")
        if not isinstance(steps, list) or len(steps) != tokens:
            raise unsupported("`prompt_logprobs`")
        scored = zip(steps[len(before) :], ids, strict=True)
        return [bounded(number(field(field(step, str(id)), "logprob"))) for step, id in scored]

    async def _prompt_ids(self, prompt: EnginePrompt, model: str) -> list[int]:
        """Return the tokens of the prompt as a generation has them, with special ones."""
        if isinstance(prompt, str):
            return await self._tokens({"model": model, "prompt": prompt}, prompt)
        asked = {"model": model, "add_generation_prompt": True, **chat_fields(prompt, "vllm")}
        return await self._tokens(asked, "".join(each.content for each in prompt))

    async def _tokens(self, asked: Mapping[str, object], text: str) -> list[int]:
        most = most_tokens(text)
        answer = await self._ask("/tokenize", asked, MOST_BYTES + BYTES_PER_ID * most, 0)
        return token_ids(answered_object(answer), most)
