"""Run the benchmark: every mode and control on the same questions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from app.search.benchmark.corpus import (
    BenchmarkCharacter,
    Fold,
    build_folds,
    count_short_replies,
    texts_of,
)
from app.search.benchmark.costs import ESTIMATE, PromptCosts
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.folds import LEAST_LETTERS
from app.search.benchmark.known_items import KnownMode, recall
from app.search.benchmark.modes import (
    DRAWS,
    Calibrations,
    Choose,
    Packed,
    RandomWindows,
    Shown,
    StaticCoverage,
    Windowed,
    oracle,
    reference,
)
from app.search.benchmark.vectors import EmbeddingCache
from retrieval.evaluation.intervals import Interval, Resampling
from retrieval.evaluation.measures import Figures, Outcome, Scale
from retrieval.ranking.weights import Weights

MODES = ("reference", "fused", "u5", "selector", "selector_windows")
"""Modes that need nothing but a fold."""
CONTROLS = ("random", "static", "oracle")

KNOWN: tuple[KnownMode, ...] = ("reference", "fused", "u5", "selector")
"""Modes that differ in ranking: packing does not change the first result."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BenchmarkResults:
    """Hold the figures of one character."""

    name: str
    scenes: int
    replies: int
    questions: int
    embedder: str
    weights: str
    budgets: Mapping[int, Mapping[str, Figures]]
    """Figures by budget, then by mode or control."""
    known_items: Mapping[KnownMode, Interval]
    short_replies: int = 0
    """Answers of fewer than five letters, which are no questions."""
    query_length: int = 0
    tokenizer: str = ESTIMATE
    """The model whose tokenizer counted, or ``estimate``."""
    prompt_style: str = "completion"

    def as_json(self) -> dict[str, Any]:
        """Return the results as they are stored, where the name of the weights is ``recipe``."""
        content = asdict(self)
        return {"recipe" if key == "weights" else key: value for key, value in content.items()}


def evaluate(
    subject: BenchmarkCharacter,
    vectors: EmbeddingCache,
    weights: Weights,
    modes: Sequence[str],
    budgets: Sequence[int],
    say: Say,
    most_questions: int | None = None,
    costs: PromptCosts | None = None,
    further: Mapping[str, Choose] | None = None,
) -> BenchmarkResults:
    """Return the figures of a character's benchmark. Takes minutes, nearly all for embedding.

    ``modes`` are some of :data:`MODES`; ``further`` modes are measured after them. ``costs`` count
    tokens, by default with :func:`~app.search.benchmark.costs.estimate`. ``most_questions`` bounds
    the questions, see :func:`~app.search.benchmark.corpus.build_folds`.
    """
    costs = costs or PromptCosts()
    folds = embed_folds(subject, vectors, say, most_questions, costs)
    chosen = {**choices(modes, weights, Calibrations()), **(further or {})}
    by_budget = {budget: measure(folds, chosen, budget) for budget in budgets}
    say("Saying known lines with characters missing.")
    return BenchmarkResults(
        name=subject.name,
        scenes=len(subject.scenes),
        replies=sum(line.speaker in subject.own for s in subject.scenes for line in s.lines),
        questions=sum(len(fold.questions) for fold in folds),
        embedder=vectors.model_id,
        weights=weights.name,
        budgets=by_budget,
        known_items=recall(subject, vectors, [mode for mode in KNOWN if mode in modes], weights),
        short_replies=count_short_replies(subject),
        query_length=subject.query_length,
        tokenizer=costs.tokenizer,
        prompt_style=costs.style,
    )


def embed_folds(
    subject: BenchmarkCharacter,
    vectors: EmbeddingCache,
    say: Say,
    most_questions: int | None = None,
    costs: PromptCosts | None = None,
) -> list[Fold]:
    """Return the folds with all texts embedded, and all lines counted.

    Raises :class:`~app.search.benchmark.errors.EvaluationError` for a character whose replies ask
    nothing.
    """

    def on_progress(done: int, total: int) -> None:
        if done % 160 == 0 or done >= total:
            say(f"{min(done, total)} of {total} texts embedded.")

    vectors.embed_all(texts_of(subject), on_progress)
    say("Embedding the questions.")
    folds = build_folds(subject, vectors, most_questions, costs)
    if not folds:
        raise EvaluationError(
            f"{subject.name} answers no line with at least {LEAST_LETTERS} letters that can be "
            "held out: nothing can be asked."
        )
    return folds


def choices(
    modes: Sequence[str], weights: Weights, calibrations: Calibrations
) -> dict[str, Choose]:
    """Return the functions of these modes, by mode."""
    known: dict[str, Choose] = {
        "reference": reference,
        "fused": Packed("fused", weights, calibrations),
        "u5": Packed("u5", weights, calibrations),
        "selector": Packed("selector", weights, calibrations),
        "selector_windows": Windowed("selector", weights, calibrations),
    }
    return {mode: known[mode] for mode in modes}


def measure(folds: Sequence[Fold], chosen: Mapping[str, Choose], budget: int) -> dict[str, Figures]:
    """Return the figures of every mode and control at one budget."""
    resampling = Resampling([q.scene for fold in folds for q in fold.questions])
    outcomes = {name: ask(folds, choose, budget) for name, choose in chosen.items()}
    controls = {
        "random": _mean_of_draws(folds, budget),
        "static": ask(folds, StaticCoverage(), budget),
        "oracle": ask(folds, oracle, budget),
    }
    scale = Scale(resampling, controls["random"], controls["oracle"])
    base = outcomes.get("reference")
    return {
        name: scale.figures(each, base if name != "reference" else None)
        for name, each in (outcomes | controls).items()
    }


def ask(folds: Sequence[Fold], choose: Choose, budget: int) -> list[Outcome]:
    """Return the outcome of every question of every fold with one mode."""
    return [
        outcome(fold, question, choose(fold, question, budget))
        for fold in folds
        for question in range(len(fold.questions))
    ]


def outcome(fold: Fold, question: int, shown: Shown) -> Outcome:
    """Return how similar the lines shown are to the true reply, and to those of other scenes."""
    if not shown:
        return Outcome(0.0, 0.0, 0.0, 0)
    lines = sorted(shown)
    best = fold.overlap[:, lines].max(axis=1)
    scene = fold.questions[question].scene
    others = np.array([other.scene != scene for other in fold.questions])
    elsewhere = float(best[others].mean()) if others.any() else 0.0
    cosine = float(fold.cosine[question, lines].max())
    return Outcome(float(best[question]), elsewhere, cosine, len(lines))


def _mean_of_draws(folds: Sequence[Fold], budget: int) -> list[Outcome]:
    many = [ask(folds, RandomWindows(draw), budget) for draw in range(DRAWS)]
    return [
        Outcome(
            best=float(np.mean([each.best for each in same])),
            elsewhere=float(np.mean([each.elsewhere for each in same])),
            cosine=float(np.mean([each.cosine for each in same])),
            replies=float(np.mean([each.replies for each in same])),
        )
        for same in zip(*many, strict=True)
    ]
