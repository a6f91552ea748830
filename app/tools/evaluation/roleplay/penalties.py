"""Score CharacterEval's replies by their flaws instead of its metrics: ``--protocol penalty``."""

from collections.abc import Mapping, Sequence

from app.tools.evaluation.judges.gate import GatedJudge
from app.tools.evaluation.judges.penalty import penalty_score, severities_of
from app.tools.evaluation.judges.penalty_prompts import DIMENSIONS
from app.tools.evaluation.judges.replies import JudgedQuestion
from app.tools.evaluation.roleplay.dataset import Item
from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.generation import profile_text
from characters.json_values import JsonValue


def penalty_records(
    items: Sequence[Item], replies: Mapping[str, str], profiles: Mapping[str, JsonValue]
) -> list[ResultRecord]:
    """Return a record for each dimension of each item with a reply; ``replies`` are by item id.

    The dimension that needs the true reply is left out: the benchmark does not publish it.
    """
    return [
        ResultRecord(item, replies[item.id].split("\n")[0], en, of.zh, profiles[item.role])
        for item in items
        if item.id in replies
        for en, of in DIMENSIONS.items()
        if not of.needs_truth
    ]


class PenaltyJudge:
    """Score records from 0 to 100 by the flaws that a judge lists.

    It is a :class:`~app.tools.evaluation.roleplay.scorers.Scorer`.
    """

    def __init__(self, judge: GatedJudge) -> None:
        self._judge = judge

    @property
    def name(self) -> str:
        return f"{self._judge.name}, of flaws"

    async def score(self, record: ResultRecord) -> float:
        item = record.item
        question = JudgedQuestion(
            id=item.id,
            scene=0,
            name=item.role,
            profile=profile_text(record.profile),
            context=item.context,
        )
        found = await severities_of(self._judge, question, record.output, record.en)
        return penalty_score(found)
