"""Who scores a reply: the benchmark's reward model, or a language model as a judge."""

from typing import Any, Protocol

from app.tools.evaluation.roleplay.endpoint import JudgeEndpoint
from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.metrics import HIGHEST, LOWEST


class UnscoredError(Exception):
    """This record gets no score; says why."""


class Scorer(Protocol):
    """Scores records, on the scale of the benchmark: 1 to 5, higher is better.

    Safe for several calls at once. A score that cannot be had raises :class:`UnscoredError`,
    or :class:`~app.tools.evaluation.roleplay.endpoint.BusyError`; what makes going on pointless raises
    :class:`~app.search.benchmark.errors.EvaluationError`.
    """

    @property
    def name(self) -> str:
        """Which scorer it is: scores of different ones are never mixed."""
        ...

    async def score(self, record: ResultRecord) -> float: ...


def reward_input(record: ResultRecord) -> str:
    """What the reward model reads, as ``run_char_rm.py`` puts it together.

    The profile stands there as Python writes it: the model was trained so.
    """
    return (
        f"<RoleInfo>\n\n{record.profile}\n\n<Context>\n\n{record.item.source['context']}"
        f"\n\n<Response>\n\n{record.output}\n\n<Dimension>\n\n{record.zh}"
    )


def scaled(share: float) -> float:
    """The reward model's output, 0 to 1, as a score from 1 to 5."""
    return share * (HIGHEST - LOWEST) + LOWEST


class RewardEndpoint:
    """The reward model behind HTTP: ``POST /classify``, in vLLM's form.

    Asked with ``{"model", "input"}``, it answers ``{"data": [{"probs": [share]}]}``.
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
