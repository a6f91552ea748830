"""Compare the replies of two configurations to the same questions, in both orders.

A reply wins where the judge prefers it in both orders; where the orders disagree it is a tie, so
that a preference for a position wins nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.search.benchmark.workers import run_jobs
from app.tools.bench.in_process import Say
from app.tools.evaluation.journal import Journal
from app.tools.evaluation.judges.endpoint import BusyError
from app.tools.evaluation.judges.gate import GatedJudge, GateFigures
from app.tools.evaluation.judges.model import (
    UnscoredError,
    choice_schema,
    prompt_digest,
    read_choice,
)
from app.tools.evaluation.judges.pair_prompts import CHOICES, pair_messages
from app.tools.evaluation.judges.replies import JudgedQuestion
from retrieval.evaluation.intervals import Interval, Resampling, interval

JOURNAL = "pairwise.jsonl"
_WON, _TIED, _LOST = 1.0, 0.5, 0.0
_SWAPPED = {"1": "2", "2": "1", "tie": "tie"}
"""A choice of the swapped order, as one of the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFigures:
    """Hold how often the first of two configurations wins."""

    gate: GateFigures
    questions: int
    """Questions that both answer."""
    won: int
    lost: int
    tied: int
    """Among them equal replies, and those whose orders disagree."""
    disagreed: int
    """Ties because the judge prefers another reply in the other order."""
    unreadable: int
    """Questions without a verdict, in one order or both; they are left out."""
    win_rate: Interval | None
    """Share of the questions that the first wins, a tie being half of one; 0.5 is no difference.
    Scenes are resampled. None without a verdict."""
    consistency: Interval | None
    """Share of the questions asked whose orders agree; equal replies are not asked about. None
    where nothing was."""

    @property
    def read(self) -> int:
        """Questions that :attr:`win_rate` is of."""
        return self.won + self.lost + self.tied


async def compare_replies(
    judge: GatedJudge,
    questions: Sequence[JudgedQuestion],
    first: Mapping[str, str],
    second: Mapping[str, str],
    out: Path,
    say: Say,
    side_by_side: int = 2,
) -> PairFigures:
    """Return how often the replies in ``first`` are preferred to those in ``second``.

    Replies are by the question's id; questions that one of them lacks are left out. Verdicts are
    kept in the folder ``out``, which must exist, and a later call takes them from there. Raises
    :class:`~app.search.benchmark.errors.EvaluationError` where the judge fails as a whole.
    """
    asked = [each for each in questions if each.id in first and each.id in second]
    with Journal(out / JOURNAL) as journal:
        pairs = _Pairs(judge, first, second, journal, say)
        await pairs.run(asked, side_by_side)
    return _figures(judge.gate, [(each, *pairs.verdicts(each)) for each in asked], pairs.is_equal)


class _Pairs:
    """Ask for the better of two replies, in both orders, and keep each verdict at once."""

    def __init__(
        self,
        judge: GatedJudge,
        first: Mapping[str, str],
        second: Mapping[str, str],
        journal: Journal,
        say: Say,
    ) -> None:
        self._judge = judge
        self._first = first
        self._second = second
        self._journal = journal
        self._say = say
        self._known = {
            (entry["question"], entry["prompt"]): str(entry["choice"])
            for entry in journal.entries()
            if entry["judge"] == judge.name
        }

    def is_equal(self, question: JudgedQuestion) -> bool:
        """Return whether both replies are the same, which no judge is asked about."""
        one, other = self._replies(question)
        return one.strip() == other.strip()

    def verdicts(self, question: JudgedQuestion) -> tuple[str | None, str | None]:
        """Return the choices of both orders, as those of the first; equal replies are a tie."""
        if self.is_equal(question):
            return "tie", "tie"
        one, other = self._replies(question)
        swapped = self._known.get(_key(question, other, one))
        straight = self._known.get(_key(question, one, other))
        return straight, None if swapped is None else _SWAPPED[swapped]

    async def run(self, questions: Sequence[JudgedQuestion], side_by_side: int) -> None:
        jobs = []
        for question in questions:
            one, other = self._replies(question)
            if not self.is_equal(question):
                jobs += [(question, one, other), (question, other, one)]
        missing = [job for job in jobs if _key(*job) not in self._known]
        if len(missing) < len(jobs):
            self._say(f"{len(jobs) - len(missing)} verdicts are there already.")
        await run_jobs(
            missing,
            lambda job: self._ask(*job),
            side_by_side,
            lambda done, total: self._say(f"{done} of {total} verdicts asked for."),
        )

    async def _ask(self, question: JudgedQuestion, one: str, other: str) -> None:
        try:
            choice = await self._judge.model.verdict(
                pair_messages(question, one, other),
                choice_schema("better", CHOICES),
                lambda found: read_choice(found, "better", CHOICES),
            )
        except (UnscoredError, BusyError):
            return
        identity, prompt = key = _key(question, one, other)
        self._known[key] = choice
        self._journal.add(
            {
                "judge": self._judge.name,
                "question": identity,
                "prompt": prompt,
                "choice": choice,
            }
        )

    def _replies(self, question: JudgedQuestion) -> tuple[str, str]:
        return self._first[question.id], self._second[question.id]


def _key(question: JudgedQuestion, one: str, other: str) -> tuple[str, str]:
    """Return the key of a verdict, with all in it that the judge reads."""
    return question.id, prompt_digest(pair_messages(question, one, other))


def _figures(
    gate: GateFigures,
    verdicts: Sequence[tuple[JudgedQuestion, str | None, str | None]],
    is_equal: Callable[[JudgedQuestion], bool],
) -> PairFigures:
    read = [
        (question, one, other)
        for question, one, other in verdicts
        if one is not None and other is not None
    ]
    outcomes = [_outcome(one, other) for _, one, other in read]
    asked = [each for each in read if not is_equal(each[0])]
    agreed = [float(one == other) for _, one, other in asked]
    return PairFigures(
        gate=gate,
        questions=len(verdicts),
        won=outcomes.count(_WON),
        lost=outcomes.count(_LOST),
        tied=outcomes.count(_TIED),
        disagreed=agreed.count(0.0),
        unreadable=len(verdicts) - len(read),
        win_rate=_mean(outcomes, [question.scene for question, _, _ in read]),
        consistency=_mean(agreed, [question.scene for question, _, _ in asked]),
    )


def _mean(values: Sequence[float], scenes: Sequence[int]) -> Interval | None:
    return interval(Resampling(scenes).means(values)) if scenes else None


def _outcome(one: str, other: str) -> float:
    if one != other or one == "tie":
        return _TIED
    return _WON if one == "1" else _LOST


def pair_text(figures: PairFigures, first: str, second: str) -> str:
    """Return the figures as sentences for a report, those of the gate beside them."""
    if figures.win_rate is None:
        return f"No verdict on {figures.questions} questions could be read. {figures.gate.sentence}"
    rate = figures.win_rate
    shown = rate.low > _TIED or rate.high < _TIED
    difference = "" if shown else " The interval includes 50 %: no difference is shown."
    agreed = (
        "All replies are equal, and no judge was asked."
        if figures.consistency is None
        else f"Of those asked about, both orders agree in {_percent(figures.consistency)}."
    )
    return (
        f"{first} over {second}: {_percent(rate)} of {figures.read} replies, a tie being half "
        f"a win ({figures.won} won, {figures.lost} lost, {figures.tied} tied, of them "
        f"{figures.disagreed} because the two orders disagree; {figures.unreadable} more without a "
        f"verdict that could be read). {agreed}{difference} {figures.gate.sentence}"
    )


def _percent(of: Interval) -> str:
    value, low, high = (100 * each for each in (of.value, of.low, of.high))
    return f"{value:.0f} % [{low:.0f}, {high:.0f}]"
