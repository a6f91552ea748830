"""Filter rows by a reward model behind HTTP, such as BaichuanCharRM.

It is asked as in CharacterEval: ``POST /classify`` in vLLM's form, with profile, dialogue, answer
and the dimension; the answer has a share from 0 to 1. Only what scripts and models say is sent to
it, never what people said.
"""

from dataclasses import dataclass
from typing import Any

from app.search.benchmark.errors import EvaluationError
from app.tools.datasets.asking import Answers
from app.tools.datasets.errors import DatasetError
from app.tools.datasets.formats import dialogue_of
from app.tools.datasets.rows import OF_LINES, Row
from app.tools.datasets.tally import Tally
from app.tools.evaluation.judges.endpoint import BusyError, JudgeEndpoint

DIMENSION = "言语一致性"
"""Whether the character would speak so: one of the twelve that CharacterEval's model knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardFilter:
    """Score answers, and drop rows by their scores."""

    endpoint: JudgeEndpoint
    model: str
    least: float
    """Least share of an answer, and of a pair's chosen one."""
    answers: Answers
    """Keeps the scores."""

    async def passes(self, row: Row, tally: Tally) -> bool:
        """Return whether a row may stay; count it otherwise.

        A pair stays where the chosen answer scores higher as well. Raises
        :class:`~app.tools.datasets.errors.DatasetError` where the endpoint gives no score.
        """
        if row.source not in OF_LINES:
            return True
        chosen = await self._score(row, row.answer)
        if chosen < self.least:
            tally.drop(row.source, "low_reward")
            return False
        if row.rejected is not None and await self._score(row, row.rejected) >= chosen:
            tally.drop(row.source, "reward_reversed")
            return False
        return True

    async def _score(self, row: Row, answer: str) -> float:
        text = (
            f"<RoleInfo>\n\n{row.profile}\n\n<Context>\n\n{dialogue_of(row)}"
            f"\n\n<Response>\n\n{answer}\n\n<Dimension>\n\n{DIMENSION}"
        )

        async def ask() -> float:
            try:
                found = await self.endpoint.post("/classify", {"model": self.model, "input": text})
            except (BusyError, EvaluationError) as error:
                raise DatasetError(f"The reward model gives no score: {error}") from error
            return _share(found)

        return await self.answers.reward(self.model, text, ask)


def _share(answer: Any) -> float:
    try:
        share = float(answer["data"][0]["probs"][0])
    except (LookupError, TypeError, ValueError) as error:
        raise DatasetError("The reward model's answer has no data[0].probs[0].") from error
    if not 0 <= share <= 1:
        raise DatasetError(f"The reward model answers {share}, which is not from 0 to 1.")
    return share
