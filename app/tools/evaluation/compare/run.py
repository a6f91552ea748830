"""Compare two configurations on the same held-out questions, from their replies to the figures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.judging.cast import CastJudge, train_judge
from app.judging.comparison import Compared, Comparison, compare_replies, compared
from app.judging.identification import Accuracy, accuracy_of, resampling_of
from app.judging.replies import JudgedReply, judge_replies
from app.likelihood.scores import ReplyScore
from app.search.benchmark.corpus import BenchmarkCharacter, Fold
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.vectors import EmbeddingCache
from app.settings import Settings
from app.tools.bench.in_process import Say
from app.tools.evaluation.compare.configurations import Configuration
from app.tools.evaluation.compare.side import ComparePlan, FoldStore, Side, measure_side
from app.tools.evaluation.compare.verdicts import GiveVerdicts, ReplyPair, Verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFacts:
    """Name one side of a comparison."""

    name: str
    model: str
    prompt_style: str
    retrieval: str
    embedder: str
    left_out: int
    """Questions whose prompt is too long for the engine."""
    can_score: bool
    """Whether the engine scored the true replies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareResults:
    """Hold a comparison of two sides."""

    characters: Sequence[str]
    one: SideFacts
    other: SideFacts
    seed: int
    judged_with: str
    """The embedder of the classifiers."""
    comparison: Comparison
    likelihood: Compared | None
    """Bits a byte of the true replies; None where a side cannot score."""
    accuracy: Mapping[str, Accuracy]
    """Of the classifiers on held-out true lines, by character."""
    verdicts: Verdicts | None = None


async def compare(
    one: Configuration,
    other: Configuration,
    subjects: Sequence[BenchmarkCharacter],
    plan: ComparePlan,
    base: Settings,
    out: Path,
    say: Say,
    *,
    embedder: str = "",
    give_verdicts: GiveVerdicts | None = None,
) -> CompareResults:
    """Return the figures of both sides; takes minutes to hours, nearly all in the engines.

    ``base`` has the embedder of the classifiers, unless ``embedder`` names another one. Raises
    :class:`~app.search.benchmark.errors.EvaluationError`, and the engines' errors; what was
    measured by then is kept in the folder, which must exist.
    """
    store = FoldStore(plan.questions, say)
    judging = store.embedder(base, embedder)
    # A script that cannot be judged is refused before an engine works for an hour.
    judges: list[tuple[CastJudge, list[Fold]]] = []
    for subject in subjects:
        folds = await store.folds(subject, one.settings)
        say(f"{subject.name}: learning who of the cast speaks how.")
        judges.append((await train_judge(subject, folds, EmbeddingCache(judging), say), folds))
    sides = [
        await measure_side(configuration, subjects, plan, store, out, say)
        for configuration in (one, other)
    ]
    judged = [_judged(side, judges) for side in sides]
    comparison = compare_replies(*judged)
    if comparison is None:
        raise EvaluationError(
            f"{one.name} and {other.name} answer no common question: their prompts are too long."
        )
    verdicts = None
    if give_verdicts is not None:
        verdicts = await give_verdicts(_pairs(subjects, judges, *judged))
    return CompareResults(
        characters=[subject.name for subject in subjects],
        one=_facts(sides[0]),
        other=_facts(sides[1]),
        seed=plan.seed,
        judged_with=judging.model_id,
        comparison=comparison,
        likelihood=compare_scores(sides[0].scores, sides[1].scores),
        accuracy={judge.character: accuracy_of(judge.held_out) for judge, _ in judges},
        verdicts=verdicts,
    )


def compare_scores(
    one: Mapping[str, Sequence[ReplyScore]], other: Mapping[str, Sequence[ReplyScore]]
) -> Compared | None:
    """Return the code lengths of the true replies that both sides score, in bits a byte.

    Scores are by character. Bits a byte are comparable between models with different tokens.
    """
    by_key = {(who, each.fold, each.question): each for who, of in other.items() for each in of}
    pairs = [
        ((who, each.scene), each, by_key[who, each.fold, each.question])
        for who, of in sorted(one.items())
        for each in sorted(of, key=lambda score: (score.fold, score.question))
        if (who, each.fold, each.question) in by_key
    ]
    if not pairs:
        return None
    resampling = resampling_of([scene for scene, _, _ in pairs])
    bits = resampling.means([float(each.size) for _, each, _ in pairs]) * -math.log(2)
    return compared(
        resampling.means([each.log_probability for _, each, _ in pairs]) / bits,
        resampling.means([each.log_probability for _, _, each in pairs]) / bits,
    )


def _judged(side: Side, judges: Sequence[tuple[CastJudge, Sequence[Fold]]]) -> list[JudgedReply]:
    return [
        reply
        for judge, folds in judges
        for reply in judge_replies(folds, judge, side.replies[judge.character])
    ]


def _pairs(
    subjects: Sequence[BenchmarkCharacter],
    judges: Sequence[tuple[CastJudge, Sequence[Fold]]],
    one: Sequence[JudgedReply],
    other: Sequence[JudgedReply],
) -> list[ReplyPair]:
    """Return both replies to each question that both sides answer with a word."""
    answered = {each.key: each for each in other if each.generated.text}
    folds = {judge.character: of for judge, of in judges}
    profiles = {subject.name: subject.profile for subject in subjects}
    scenes: dict[tuple[str, int], int] = {}
    return [
        ReplyPair(
            id=" ".join(map(str, each.key)),
            scene=scenes.setdefault((each.character, each.scene), len(scenes)),
            character=each.character,
            profile=profiles[each.character],
            dialogue=folds[each.character][each.fold].questions[each.question].dialogue,
            true=each.true.text,
            one=each.generated.text,
            other=answered[each.key].generated.text,
        )
        for each in one
        if each.generated.text and each.key in answered
    ]


def _facts(side: Side) -> SideFacts:
    return SideFacts(
        name=side.name,
        model=side.model,
        prompt_style=side.prompt_style,
        retrieval=side.retrieval,
        embedder=side.embedder,
        left_out=side.left_out,
        can_score=any(side.scores.values()),
    )
