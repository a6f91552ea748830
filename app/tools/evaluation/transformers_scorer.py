"""Score replies with transformers in this process, where llama.cpp's server is slow.

A server reads a prompt, then takes the reply a token at a time; one pass over both is
faster on a processor with 16-bit arithmetic (AVX-512 BF16). The weights are those of the same
``.gguf`` file, expanded to bfloat16.
"""

import asyncio
import copy
import gc
import threading
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from cachetools import LRUCache

from app.engines.adapters import unknown_adapter
from app.engines.control_tokens import ControlTokens
from app.engines.gguf import read_control_tokens
from app.engines.port import (
    LEAST_LOG_PROBABILITY,
    ContextTooLongError,
    EnginePrompt,
    EngineRequestError,
    Limits,
    Sampling,
)
from app.engines.resolution import ResolvedModel
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings
from app.tools.evaluation.counting import present_model

_KEPT_PROMPTS = 4
"""Prompts whose keys and values are kept: those of one character begin alike."""
_COUNTED_TEXTS = 200_000


class TransformersScorer:
    """Implement :class:`~app.engines.port.ScoringEngine` with the weights of a ``.gguf`` file."""

    def __init__(self, resolved: ResolvedModel) -> None:
        """Load the model, which takes a minute and two bytes a weight.

        Raises :class:`~app.search.benchmark.errors.EvaluationError` where transformers is not
        installed or does not know the model.
        """
        self._torch: Any = _module("torch")
        transformers: Any = _module("transformers")
        for needed in ("accelerate", "gguf"):
            _module(needed)
        folder, file = str(resolved.path.parent), resolved.path.name
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=file)
            self._model = transformers.AutoModelForCausalLM.from_pretrained(
                folder,
                gguf_file=file,
                dtype=self._torch.bfloat16,
                quantization_config=transformers.GgufConfig(gguf_file=file, dequantize=True),
            ).eval()
        except (OSError, ValueError, ImportError) as error:
            raise EvaluationError(f"transformers cannot read {file}: {error}") from error
        gc.collect()  # the expanded copies of the file's tensors
        self._limits = Limits(
            resolved.name,
            resolved.context_length,
            resolved.prompt_style,
            resolved.traits.sampling or Sampling(),
            resolved.traits.max_examples,
            resolved.traits.profile_length,
        )
        self._control = ControlTokens(read_control_tokens(resolved.path))
        self._counts = LRUCache[str, int](_COUNTED_TEXTS)
        self._read: deque[tuple[list[int], Any]] = deque(maxlen=_KEPT_PROMPTS)
        self._one_at_a_time = threading.Lock()

    async def limits(self) -> Limits:
        """Return the limits of the model's entry in the catalogue."""
        return self._limits

    def as_sent(self, prompt: EnginePrompt) -> EnginePrompt:
        """Return the prompt with its control tokens broken."""
        return self._control.neutralize_prompt(prompt)

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        """Return the tokens of each text; none is estimated."""
        return [self._count(text) for text in texts]

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        """Return the natural-log probability of each token, as the engines' ``score`` does.

        Raises :class:`~app.engines.port.AdapterUnknownError` for any adapter.
        """
        if adapter is not None:
            raise unknown_adapter(adapter)
        before = self._encode_prompt(self.as_sent(prompt))
        ids = self._encode(self._control.neutralize(continuation))
        if not ids:
            return []
        if not before:
            raise EngineRequestError("A prompt without a token has no score.")
        if len(before) + len(ids) > self._limits.context_length:
            raise ContextTooLongError(
                f"{len(before) + len(ids)} tokens do not fit {self._limits.context_length}."
            )
        return await asyncio.to_thread(self._score, before, ids)

    def _score(self, before: list[int], ids: list[int]) -> list[float]:
        torch = self._torch
        with self._one_at_a_time, torch.inference_mode():
            shared, cache = self._begin(before[:-1])
            read = self._model.model(
                torch.tensor([before[shared:] + ids[:-1]]), past_key_values=cache, use_cache=True
            )
            if len(ids) > 1:
                read.past_key_values.crop(1 - len(ids))
            self._read.append((before, read.past_key_values))
            logits = self._model.lm_head(read.last_hidden_state[0, -len(ids) :]).float()
            scores = torch.log_softmax(logits, dim=-1).gather(1, torch.tensor(ids)[:, None])
        return [max(score, LEAST_LOG_PROBABILITY) for score in scores[:, 0].tolist()]

    def _begin(self, prompt: list[int]) -> tuple[int, Any]:
        """Return how many tokens of the prompt were read before, and their keys and values."""
        shares = [_shared(known, prompt) for known, _ in self._read]
        shared = max(shares, default=0)
        if shared == 0:
            return 0, None
        known, cache = self._read[shares.index(shared)]
        cache = copy.deepcopy(cache)
        if shared < len(known):
            cache.crop(shared - len(known))
        return shared, cache

    def _count(self, text: str) -> int:
        if (known := self._counts.get(text)) is None:
            known = self._counts[text] = len(self._encode(self._control.neutralize(text)))
        return known

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def _encode_prompt(self, prompt: EnginePrompt) -> list[int]:
        if isinstance(prompt, str):
            return list(self._tokenizer.encode(prompt))
        messages = [{"role": each.role, "content": each.content} for each in prompt]
        text = self._tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, tokenize=False
        )
        return self._encode(text)


@asynccontextmanager
async def transformers_scorer(settings: Settings) -> AsyncIterator[TransformersScorer]:
    """Yield a scorer with the embedded model of the settings.

    Raises as :func:`~app.tools.evaluation.counting.present_model` and the scorer do.
    """
    yield await asyncio.to_thread(lambda: TransformersScorer(present_model(settings)))


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """Return the length of the longest common prefix."""
    most = min(len(one), len(other))
    return next((at for at in range(most) if one[at] != other[at]), most)


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise EvaluationError(
            f"--transformers needs {name}: pip install 'offbook[transformers]'"
        ) from error
