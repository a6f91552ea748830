"""Score every record, side by side, and keep each score at once."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from app.search.benchmark.workers import run_jobs
from app.tools.bench.in_process import Say
from app.tools.evaluation.journal import Journal
from app.tools.evaluation.judges.endpoint import BusyError
from app.tools.evaluation.judges.model import UnscoredError
from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.scorers import Scorer

Key = tuple[str, str, str]


class Scores:
    """Collect a scorer's scores of records."""

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
        """Number of records without a score, by the reason."""

    def of(self, record: ResultRecord) -> float | None:
        return self._scores.get(_key(record))

    async def run(self, records: Sequence[ResultRecord], side_by_side: int) -> None:
        """Get the missing scores, and count the records that get none.

        Raises :class:`~app.search.benchmark.errors.EvaluationError` where the scorer fails as a
        whole.
        """
        missing = [record for record in records if self.of(record) is None]
        if len(missing) < len(records):
            self._say(f"{len(records) - len(missing)} scores are there already.")

        await run_jobs(
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
    """Return the key of a score, with the reply in it: another reply is scored anew."""
    return record.item.id, record.en, hashlib.sha256(record.output.encode()).hexdigest()[:16]
