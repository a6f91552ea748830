"""Every record's score, side by side, and kept as soon as it is there."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from app.tools.evaluation.roleplay.endpoint import BusyError
from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.journal import Journal
from app.tools.evaluation.roleplay.scorers import Scorer, UnscoredError
from app.tools.evaluation.stage import Say
from app.tools.evaluation.workers import work_off

Key = tuple[str, str, str]


class Scores:
    """What a scorer made of the records."""

    def __init__(self, scorer: Scorer, journal: Journal, say: Say) -> None:
        self._scorer = scorer
        self._journal = journal
        self._say = say
        self._scores: dict[Key, float] = {
            (entry["id"], entry["metric"], entry["reply"]): entry["score"]
            for entry in journal.entries()
            if entry["scorer"] == scorer.name
        }
        self.unscored = Counter[str]()
        """How many records have no score, by the reason."""

    def of(self, record: ResultRecord) -> float | None:
        return self._scores.get(_key(record))

    async def run(self, records: Sequence[ResultRecord], side_by_side: int) -> None:
        """Get the scores that are missing; those that cannot be had are counted.

        Raises :class:`~app.search.benchmark.errors.EvaluationError` where the scorer is of no use.
        """
        missing = [record for record in records if self.of(record) is None]
        if len(missing) < len(records):
            self._say(f"{len(records) - len(missing)} scores are there already.")

        await work_off(
            missing,
            self._score,
            side_by_side,
            lambda done, total: self._say(f"{done} of {total} scores asked for."),
        )

    async def _score(self, record: ResultRecord) -> None:
        try:
            score = await self._scorer.score(record)
        except (UnscoredError, BusyError) as error:
            self.unscored[str(error)] += 1
            return
        id, metric, reply = key = _key(record)
        self._scores[key] = score
        self._journal.add(
            {
                "scorer": self._scorer.name,
                "id": id,
                "metric": metric,
                "reply": reply,
                "score": score,
            }
        )


def _key(record: ResultRecord) -> Key:
    """A score is of one reply: another one to the same item is scored anew."""
    return record.item.id, record.en, hashlib.sha256(record.output.encode()).hexdigest()[:16]
