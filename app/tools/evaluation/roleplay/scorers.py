"""Define how replies are scored, and score them with a reward model behind HTTP."""

from typing import Any, Protocol

from app.tools.evaluation.judges.endpoint import JudgeEndpoint
from app.tools.evaluation.judges.model import UnscoredError
from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.metrics import HIGHEST, LOWEST


class Scorer(Protocol):
    """Score records on the scale of the protocol; higher is better.

    Safe for concurrent calls. Raises :class:`~app.tools.evaluation.judges.model.UnscoredError` or
    :class:`~app.tools.evaluation.judges.endpoint.BusyError` where one record gets no score, and
    :class:`~app.search.benchmark.errors.EvaluationError` where none would.
    """

    @property
    def name(self) -> str:
        """Return the scorer's identity: scores of different scorers are never mixed."""
        ...

    async def score(self, record: ResultRecord) -> float: ...


def reward_input(record: ResultRecord) -> str:
    """Return the reward model's input for a record, as ``run_char_rm.py`` composes it.

    The profile is in it as Python's ``repr``: the model was trained so.
    """
    return (
        f"<RoleInfo>\n\n{record.profile}\n\n<Context>\n\n{record.item.source['context']}"
        f"\n\n<Response>\n\n{record.output}\n\n<Dimension>\n\n{record.zh}"
    )


def scaled(share: float) -> float:
    """Return the reward model's output, 0 to 1, as a score from 1 to 5."""
    return share * (HIGHEST - LOWEST) + LOWEST


class RewardEndpoint:
    """Score with a reward model behind HTTP: ``POST /classify``, in vLLM's form.

    The request is ``{"model", "input"}``, the answer ``{"data": [{"probs": [share]}]}``.
    """

    def __init__(self, endpoint: JudgeEndpoint, model: str) -> None:
        self._endpoint = endpoint
        self._model = model

    @property
    def name(self) -> str:
        return f"reward model {self._model}"

    async def score(self, record: ResultRecord) -> float:
        body = {"model": self._model, "input": reward_input(record)}
        answer = await self._endpoint.post("/classify", body)
        return scaled(_share(answer))


def _share(answer: Any) -> float:
    try:
        share = float(answer["data"][0]["probs"][0])
    except (LookupError, TypeError, ValueError) as error:
        raise UnscoredError("The answer has no data[0].probs[0].") from error
    if not 0 <= share <= 1:
        raise UnscoredError(f"The reward model answers {share}, which is not from 0 to 1.")
    return share
