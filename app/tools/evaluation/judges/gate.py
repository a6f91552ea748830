"""Let a judge show that it knows the speakers before any of its verdicts counts.

It names the masked speaker of held-out lines among four of the cast, and once more with the
candidates in the opposite order. A judge that is right too seldom is refused. Verdicts are kept by
the judge's model and the corpus, so that the same judge is asked once.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import fmean

from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.workers import run_jobs
from app.tools.bench.in_process import Say
from app.tools.evaluation.journal import Journal
from app.tools.evaluation.judges.endpoint import BusyError
from app.tools.evaluation.judges.gate_prompts import LETTERS, gate_messages
from app.tools.evaluation.judges.model import (
    JudgeModel,
    UnscoredError,
    choice_schema,
    read_choice,
)
from app.tools.evaluation.judges.speaker_questions import (
    CHOICES,
    QUESTIONS,
    Corpus,
    SpeakerQuestion,
    digest_of,
    speaker_questions,
)
from retrieval.evaluation.intervals import Interval, Resampling, interval

GATES = "judges"
"""Folder of the data directory in which verdicts of gates are kept."""
LEAST_ACCURACY = 0.6
LEAST_QUESTIONS = 10
"""Fewer lines show nothing of a judge."""
_SEED = 1
_VERSION = 2
"""Of prompts and questions: verdicts of another version are not reused."""
_ORDERS = (1, -1)
"""Steps through the candidates: as drawn, and swapped."""


class JudgeRefusedError(EvaluationError):
    """The judge did not pass the gate; the message gives the figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFigures:
    """Hold how well a judge knows the speakers of a corpus."""

    judge: str
    corpus: str
    """Hash of the lines."""
    questions: int
    fewest_choices: int
    most_choices: int
    chance: float
    """Share of right answers by guessing."""
    accuracy: Interval
    """Share of right verdicts, of both orders; scenes are resampled."""
    consistency: Interval
    """Share of questions with the same speaker in both orders."""
    unreadable: int
    """Verdicts that could not be read, of two a question; they count as wrong."""
    is_constrained: bool
    """Whether the endpoint held the answers to a schema."""

    @property
    def is_passed(self) -> bool:
        """Whether the judge is right often enough."""
        return self.accuracy.value >= LEAST_ACCURACY

    @property
    def sentence(self) -> str:
        """The figures as text, to stand beside every score of the judge."""
        return f"{self._named} {self._rest}"

    @property
    def refusal(self) -> str:
        """Why the judge is refused."""
        return (
            f"The judge is refused, and nothing is scored. {self._named} At least "
            f"{100 * LEAST_ACCURACY:.0f} % are needed before any other verdict of it counts. "
            f"{self._rest} Choose another judge."
        )

    @property
    def _named(self) -> str:
        few, most = self.fewest_choices, self.most_choices
        among = f"{few}" if few == most else f"{few} to {most}"
        cast = "" if few == CHOICES else f" (the cast has no {CHOICES} with enough lines)"
        return (
            f"{self.judge} names the masked speaker in {_percent(self.accuracy)} of its verdicts "
            f"on {self.questions} held-out lines, among {among}{cast}; chance: "
            f"{100 * self.chance:.0f} %."
        )

    @property
    def _rest(self) -> str:
        held = "" if self.is_constrained else " Its endpoint holds answers to no schema."
        return (
            f"With the order swapped it names the same one in {_percent(self.consistency)} of the "
            f"lines; {self.unreadable} of {2 * self.questions} verdicts could not be read.{held}"
        )


@dataclass(frozen=True, slots=True)
class GatedJudge:
    """Hold a judge that has passed the gate: the only kind that scores."""

    model: JudgeModel
    gate: GateFigures

    @property
    def name(self) -> str:
        """Return the judge's identity: scores of different judges are never mixed."""
        return f"judge {self.model.name}"


async def pass_gate(
    model: JudgeModel, corpora: Sequence[Corpus], folder: Path, say: Say, side_by_side: int = 2
) -> GatedJudge:
    """Return the judge if it knows the speakers; ask only what ``folder`` has no verdict on.

    Of two characters of one script the corpus counts once.
    Raises :class:`JudgeRefusedError` where it does not, and
    :class:`~app.search.benchmark.errors.EvaluationError` where the corpus has too few lines or the
    endpoint does not answer.
    """
    corpora = list({digest_of([each]): each for each in corpora}.values())
    digest, questions = digest_of(corpora), speaker_questions(corpora, _SEED)
    if len(questions) < LEAST_QUESTIONS:
        raise EvaluationError(
            f"{len(questions)} lines can be asked for, and {LEAST_QUESTIONS} are needed to see "
            "whether a judge knows the speakers: at least two need lines of five letters in "
            "several scenes. Without such a script no judge is believed."
        )
    if len(questions) < QUESTIONS:
        say(f"The gate has {len(questions)} lines, not {QUESTIONS}: its interval is wide.")
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    key = sha256(f"{_VERSION} {model.name} {digest}".encode()).hexdigest()[:24]
    with Journal(folder / f"{key}.jsonl") as journal:
        verdicts = _Verdicts(model, questions, journal, say)
        await verdicts.run(side_by_side)
    figures = _figures(model, digest, questions, verdicts.named)
    if not figures.is_passed:
        raise JudgeRefusedError(figures.refusal)
    say(figures.sentence)
    return GatedJudge(model, figures)


class _Verdicts:
    """Ask for the speaker of each question in both orders, and keep each verdict at once."""

    def __init__(
        self, model: JudgeModel, questions: Sequence[SpeakerQuestion], journal: Journal, say: Say
    ) -> None:
        self._model = model
        self._questions = questions
        self._journal = journal
        self._say = say
        self.named: dict[tuple[int, int], str | None] = {}
        """By question and order; None for a verdict that cannot be read."""
        for entry in journal.entries():
            if entry["named"] is not None:  # else asked again: perhaps it may write more by now
                self.named[entry["question"], entry["order"]] = entry["named"]
            self._model.is_constrained &= entry["is_constrained"]

    async def run(self, side_by_side: int) -> None:
        jobs = [
            (number, order)
            for number in range(len(self._questions))
            for order in _ORDERS
            if (number, order) not in self.named
        ]
        if not jobs:
            self._say(f"{self._model.name} was asked for these speakers before.")
            return
        self._say(f"{self._model.name} is asked for speakers first: {len(jobs)} verdicts.")
        await run_jobs(
            jobs,
            lambda job: self._ask(*job),
            side_by_side,
            lambda done, total: self._say(f"{done} of {total} speakers asked for."),
        )

    async def _ask(self, number: int, order: int) -> None:
        question = self._questions[number]
        candidates = question.candidates[::order]
        letters = list(LETTERS[: len(candidates)])
        try:
            letter = await self._model.verdict(
                gate_messages(question, candidates),
                choice_schema("speaker", letters),
                lambda found: read_choice(found, "speaker", letters),
            )
            named: str | None = candidates[letters.index(letter)].speaker
        except UnscoredError:
            named = None
        except BusyError as error:
            raise EvaluationError(
                f"{error} The verdicts so far are kept; the same command goes on."
            ) from error
        self.named[number, order] = named
        self._journal.add(
            {
                "question": number,
                "order": order,
                "named": named,
                "is_constrained": self._model.is_constrained,
            }
        )


def _figures(
    model: JudgeModel,
    corpus: str,
    questions: Sequence[SpeakerQuestion],
    named: dict[tuple[int, int], str | None],
) -> GateFigures:
    both = [[named[number, order] for order in _ORDERS] for number in range(len(questions))]
    right = [
        fmean(verdict == question.speaker for verdict in verdicts)
        for question, verdicts in zip(questions, both, strict=True)
    ]
    same = [float(one is not None and one == other) for one, other in both]
    resampling = Resampling([question.scene for question in questions])
    choices = [len(question.candidates) for question in questions]
    return GateFigures(
        judge=model.name,
        corpus=corpus,
        questions=len(questions),
        fewest_choices=min(choices),
        most_choices=max(choices),
        chance=fmean(1 / count for count in choices),
        accuracy=interval(resampling.means(right)),
        consistency=interval(resampling.means(same)),
        unreadable=sum(verdict is None for verdicts in both for verdict in verdicts),
        is_constrained=model.is_constrained,
    )


def _percent(of: Interval) -> str:
    value, low, high = (100 * each for each in (of.value, of.low, of.high))
    return f"{value:.0f} % [{low:.0f}, {high:.0f}]"
