"""Run the likelihood benchmark of one character: every context on the same held-out replies."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from app.engines.port import ScoringEngine
from app.likelihood.contexts import CONTEXTS, ContextName, FoldContexts
from app.likelihood.prompts import ReplyPrompts
from app.likelihood.scores import (
    Budget,
    ReplyScore,
    ScoreJob,
    contexts_asked,
    score_jobs,
    score_replies,
)
from app.likelihood.which_line import Choice, choose_line
from app.search.benchmark.corpus import Fold
from app.search.benchmark.modes import Calibrations
from app.search.benchmark.workers import run_jobs
from app.settings import PromptSettings, RetrievalSettings
from retrieval.ranking.weights import Weights

_PROFILE_SHARE = 300
"""Tokens of a prompt beside its examples: profile, instructions and dialogue, roughly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelihoodPlan:
    """Hold what is measured, and with which settings."""

    weights: Weights
    retrieval: RetrievalSettings
    prompt: PromptSettings
    contexts: Sequence[ContextName] = CONTEXTS
    budgets: Sequence[Budget] = (500, 1_000, None)
    choices: int = 0
    """Replies that are compared with seven other lines, in the contexts ``none`` and
    ``selector``."""
    side_by_side: int = 2
    """Scores asked for at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Hold what a run will ask of the engine."""

    scores: int
    tokens: int
    """Tokens of prompts that the engine reads, roughly: prompts of one scene share most."""


@dataclass(slots=True, kw_only=True)
class LikelihoodRun:
    """Hold a run's scores so far."""

    scores: list[ReplyScore] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)


def cost_of(folds: Sequence[Fold], plan: LikelihoodPlan, most_service: int = 3_000) -> Cost:
    """Return about what a run asks of the engine, before it starts.

    ``most_service``: tokens of the examples that the service sends.
    """
    scenes = [question.scene for fold in folds for question in fold.questions]
    return cost_of_scenes(scenes, plan, most_service)


def cost_of_scenes(scenes: Sequence[int], plan: LikelihoodPlan, most_service: int) -> Cost:
    """Return :func:`cost_of` questions of these scenes, one number a question."""
    asked = Counter(scenes)
    scores = tokens = 0
    for context, budget in contexts_asked(plan.contexts, plan.budgets):
        examples = 0 if context == "none" else (budget or most_service)
        alike = context in ("none", "other", "random")
        scores += asked.total()
        tokens += (len(asked) if alike else asked.total()) * (examples + _PROFILE_SHARE)
    return Cost(scores=scores, tokens=tokens)


async def run_likelihood(
    folds: Sequence[Fold],
    plan: LikelihoodPlan,
    engine: ScoringEngine,
    on_scores: Callable[[Sequence[ReplyScore]], None],
    known: Collection[tuple[object, ...]] = (),
) -> LikelihoodRun:
    """Score the held-out replies under every context. Takes minutes to hours, in the engine.

    ``on_scores`` gets scores as they come; those with a :attr:`ReplyScore.key` that is ``known``
    are left out. Raises the engine's errors.
    """
    limits, calibrations = await engine.limits(), Calibrations()
    contexts = [FoldContexts(fold, plan.weights, calibrations) for fold in folds]
    prompts = {
        (number, budget): ReplyPrompts(of, engine, limits, budget, plan.retrieval, plan.prompt)
        for number, of in enumerate(contexts)
        for budget in plan.budgets
    }
    run = LikelihoodRun()

    async def work(job: ScoreJob) -> None:
        found = await score_replies(
            job, folds[job.fold], prompts[job.fold, job.budget], engine, known
        )
        run.scores += found
        on_scores(found)

    jobs = list(score_jobs(folds, plan.contexts, plan.budgets))
    await run_jobs(jobs, work, plan.side_by_side)
    for context in ("none", "selector"):
        for number, question in _spread(folds, plan.choices):
            composing = prompts[number, plan.budgets[0]]
            run.choices.append(
                await choose_line(context, folds[number], question, composing, engine)
            )
    return run


def _spread(folds: Sequence[Fold], most: int) -> list[tuple[int, int]]:
    """Return (fold, question) of at most this many questions, evenly spaced."""
    every = [(n, q) for n, fold in enumerate(folds) for q in range(len(fold.questions))]
    if len(every) <= most:
        return every
    return [every[at * len(every) // most] for at in range(most)]
