"""Score a reply by its flaws, as CoSER does (Wang et al. 2025, arXiv 2502.09082).

Each dimension begins with 100 points. The judge lists the flaws with a severity from 1 to 5, and
each costs five points times its severity. As longer dialogues have more room for flaws, severity
0.3 is forgiven for each of the character's replies. A score is from 0 to 100. CoSER judges whole
simulated dialogues; here a single reply is one of one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.search.benchmark.workers import run_jobs
from app.tools.bench.in_process import Say
from app.tools.evaluation.journal import Journal
from app.tools.evaluation.judges.endpoint import BusyError
from app.tools.evaluation.judges.gate import GatedJudge, GateFigures
from app.tools.evaluation.judges.model import UnscoredError, object_schema, prompt_digest
from app.tools.evaluation.judges.penalty_prompts import DIMENSIONS, penalty_messages
from app.tools.evaluation.judges.replies import JudgedQuestion
from app.tools.markdown import table
from characters.json_values import JsonObject
from retrieval.evaluation.intervals import Interval, Resampling, interval

FULL = 100.0
POINTS = 5.0
"""Of one degree of severity."""
FORGIVEN = 0.3
"""Severity that each reply may have."""
SEVERITIES = (1, 2, 3, 4, 5)
JOURNAL = "penalties.jsonl"

_MOST_FLAWS = 20
"""As many slight ones as cost all points."""
_SCHEMA = object_schema(
    {
        "flaws": {
            "type": "array",
            "maxItems": _MOST_FLAWS,
            "items": object_schema(
                {
                    "flaw": {"type": "string", "maxLength": 200},
                    "severity": {"type": "integer", "enum": list(SEVERITIES)},
                }
            ),
        }
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyFigures:
    """Hold the scores of replies, by dimension."""

    gate: GateFigures
    scores: Mapping[str, Interval]
    """From 0 to 100; scenes are resampled. Dimensions without a score are left out."""
    scored: int
    unscored: int
    """Verdicts that could not be read."""


def penalty_score(severities: Sequence[int], replies: int = 1) -> float:
    """Return the points that are left of :data:`FULL` in a dialogue with so many replies."""
    counted = sum(severities) - FORGIVEN * replies
    return max(0.0, min(FULL, FULL - POINTS * counted))


async def severities_of(
    judge: GatedJudge, question: JudgedQuestion, reply: str, dimension: str
) -> list[int]:
    """Return the severities of the flaws that the judge lists in one dimension.

    Raises :class:`~app.tools.evaluation.judges.model.UnscoredError` and
    :class:`~app.tools.evaluation.judges.endpoint.BusyError`.
    """
    messages = penalty_messages(question, reply, dimension)
    return await judge.model.verdict(messages, _SCHEMA, read_severities)


def read_severities(found: JsonObject) -> list[int] | None:
    """Return the severities of a verdict; None where one of the flaws has none from 1 to 5."""
    flaws = found.get("flaws")
    if not isinstance(flaws, list):
        return None
    severities = [_severity(flaw) for flaw in flaws[:_MOST_FLAWS]]
    read = [severity for severity in severities if severity is not None]
    return read if len(read) == len(severities) else None


def _severity(flaw: object) -> int | None:
    value = flaw.get("severity") if isinstance(flaw, dict) else None
    # True is an int too.
    return value if type(value) is int and value in SEVERITIES else None


async def penalty_figures(
    judge: GatedJudge,
    questions: Sequence[JudgedQuestion],
    replies: Mapping[str, str],
    out: Path,
    say: Say,
    side_by_side: int = 2,
) -> PenaltyFigures:
    """Return the mean scores of one configuration's replies, by the question's id.

    The dimension that compares with the true reply is left out where that is not known. Verdicts
    are kept in the folder ``out``, which must exist. Raises
    :class:`~app.search.benchmark.errors.EvaluationError` where the judge fails as a whole.
    """
    asked = [
        (question, dimension)
        for question in questions
        if question.id in replies
        for dimension, of in DIMENSIONS.items()
        if question.truth or not of.needs_truth
    ]
    with Journal(out / JOURNAL) as journal:
        penalties = _Penalties(judge, replies, journal)
        missing = [job for job in asked if penalties.score(*job) is None]
        await run_jobs(
            missing,
            lambda job: penalties.ask(*job),
            side_by_side,
            lambda done, total: say(f"{done} of {total} lists of flaws asked for."),
        )
    scores: dict[str, Interval] = {}
    for dimension in DIMENSIONS:
        pairs = [
            (score, question.scene)
            for question, of in asked
            if of == dimension and (score := penalties.score(question, of)) is not None
        ]
        if pairs:
            resampling = Resampling([scene for _, scene in pairs])
            scores[dimension] = interval(resampling.means([score for score, _ in pairs]))
    scored = sum(penalties.score(*job) is not None for job in asked)
    return PenaltyFigures(
        gate=judge.gate, scores=scores, scored=scored, unscored=len(asked) - scored
    )


def penalty_text(sides: Sequence[PenaltyFigures], names: Sequence[str]) -> str:
    """Return the scores of several configurations as a table, the gate's figures below."""
    rows = [["points left of 100", *names]]
    for dimension in DIMENSIONS:
        found = [side.scores.get(dimension) for side in sides]
        if any(found):
            rows.append([dimension.replace("_", " "), *map(_shown, found)])
    unread = ", ".join(str(side.unscored) for side in sides)
    return (
        f"{table(rows)}\n\nLists of flaws that could not be read: {unread}. "
        f"{sides[0].gate.sentence}"
    )


def _shown(of: Interval | None) -> str:
    return "–" if of is None else f"{of.value:.1f} [{of.low:.1f}, {of.high:.1f}]"


class _Penalties:
    """Ask for flaws, and keep what is said at once."""

    def __init__(self, judge: GatedJudge, replies: Mapping[str, str], journal: Journal) -> None:
        self._judge = judge
        self._replies = replies
        self._journal = journal
        self._known: dict[tuple[str, str], list[int]] = {
            (entry["question"], entry["prompt"]): entry["severities"]
            for entry in journal.entries()
            if entry["judge"] == judge.name
        }

    def score(self, question: JudgedQuestion, dimension: str) -> float | None:
        severities = self._known.get(self._key(question, dimension))
        return None if severities is None else penalty_score(severities)

    async def ask(self, question: JudgedQuestion, dimension: str) -> None:
        reply = self._replies[question.id]
        try:
            found = await severities_of(self._judge, question, reply, dimension)
        except (UnscoredError, BusyError):
            return
        identity, prompt = key = self._key(question, dimension)
        self._known[key] = found
        self._journal.add(
            {
                "judge": self._judge.name,
                "question": identity,
                "dimension": dimension,
                "prompt": prompt,
                "severities": found,
            }
        )

    def _key(self, question: JudgedQuestion, dimension: str) -> tuple[str, str]:
        messages = penalty_messages(question, self._replies[question.id], dimension)
        return question.id, prompt_digest(messages)
