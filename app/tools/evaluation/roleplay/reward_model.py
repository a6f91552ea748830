"""Score replies with BaichuanCharRM, or another model of its form, in this process.

Source: ``run_char_rm.py`` of github.com/morecry/CharacterEval: the input is the text without
special tokens and an end-of-sequence token, cut to the last 4,096 tokens; the second value that
the model returns is the share, 0 to 1.
"""

import asyncio
from typing import Any

from app.search.benchmark.errors import EvaluationError
from app.tools.evaluation.judges.model import UnscoredError
from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.scorers import reward_input, scaled

_TOKENS = 4_096


class RewardModel:
    """Score one record after the other: the model fills its device."""

    def __init__(self, name: str, *, trust_code: bool) -> None:
        """Load the model from a folder or a hub.

        ``trust_code`` runs the code that the model brings, which BaichuanCharRM needs. Raises
        :class:`~app.search.benchmark.errors.EvaluationError` where the libraries are not installed
        or the model cannot be loaded.
        """
        self.name = f"reward model {name}"
        self._turn = asyncio.Lock()
        try:
            import torch  # noqa: PLC0415 (heavy, and of an extra)
            import transformers  # noqa: PLC0415 (as above)
        except ImportError as error:
            raise EvaluationError(
                "A reward model needs transformers and torch: pip install -e '.[reward]'"
            ) from error
        self._torch = torch
        # The option's name changed in version 5; the benchmark itself pins an earlier version.
        dtype = "dtype" if int(transformers.__version__.split(".")[0]) >= 5 else "torch_dtype"
        device = "cuda" if torch.cuda.is_available() else "cpu"
        options: dict[str, Any] = {"trust_remote_code": trust_code}
        try:
            self._tokenizer = transformers.AutoTokenizer.from_pretrained(name, **options)
            model = transformers.AutoModel.from_pretrained(
                name, **options, **{dtype: torch.bfloat16}
            )
        except Exception as error:  # the model's own code may raise any error
            hint = "" if trust_code else " If it brings its own code: --trust-remote-code."
            raise EvaluationError(f"{name} cannot be loaded: {error}{hint}") from error
        self._model = model.to(device).eval()
        self._device = device

    async def score(self, record: ResultRecord) -> float:
        async with self._turn:
            return await asyncio.to_thread(self._score, reward_input(record))

    def _score(self, text: str) -> float:
        tokens = self._tokenizer.encode(text, add_special_tokens=False)
        tokens = [*tokens, self._tokenizer.eos_token_id][-_TOKENS:]
        with self._torch.no_grad():
            output = self._model(input_ids=self._torch.tensor([tokens], device=self._device))
        share = float(output[1].item())
        if not 0 <= share <= 1:
            raise UnscoredError(f"The reward model answers {share}, which is not from 0 to 1.")
        return scaled(share)
