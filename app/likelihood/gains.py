"""Measure how much likelier a true reply becomes when one exchange alone is shown before it."""

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from app.engines.port import ContextTooLongError, ScoringEngine
from app.likelihood.contexts import FoldContexts
from app.likelihood.prompts import ReplyPrompts
from app.search.benchmark.corpus import Fold
from app.search.benchmark.rankings import rank_as
from app.settings import PromptSettings, RetrievalSettings

TRIED = 16
"""Exchanges that are tried before each reply."""
_OF_EACH_MODE = 4
_CLOSEST = 3
"""Of them, the best of either mode, and those whose replies overlap most with the true one, which a
selector has to prefer to the others. The others are drawn at random."""
_BUDGET = 500
"""Tokens that the one exchange may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """Hold what one exchange does to one held-out reply."""

    fold: int
    question: int
    reply: int
    """Number of the exchange's reply in the fold's store."""
    value: float
    """Gain in log-probability over a prompt without examples, divided by the square root of the
    reply's tokens: about as variable for long replies as for short ones."""

    @property
    def key(self) -> tuple[int, int]:
        """Identify the question within a run."""
        return self.fold, self.question


async def measure_gains(
    folds: Sequence[Fold],
    contexts: Sequence[FoldContexts],
    engine: ScoringEngine,
    retrieval: RetrievalSettings,
    layout: PromptSettings,
    on_gains: Callable[[Sequence[Gain]], None],
    known: Collection[tuple[int, int]] = (),
) -> None:
    """Score every held-out reply after each of :data:`TRIED` exchanges.

    ``contexts`` are those of the folds. ``on_gains`` gets the gains of one question at a time;
    questions that are ``known`` are left out. Raises the engine's errors.
    """
    limits = await engine.limits()
    for number, (fold, of) in enumerate(zip(folds, contexts, strict=True)):
        prompts = ReplyPrompts(of, engine, limits, _BUDGET, retrieval, layout)
        for question in range(len(fold.questions)):
            if (number, question) not in known:
                on_gains(await _gains(number, fold, of, prompts, question, engine))


async def _gains(
    number: int,
    fold: Fold,
    contexts: FoldContexts,
    prompts: ReplyPrompts,
    question: int,
    engine: ScoringEngine,
) -> list[Gain]:
    truth = fold.questions[question].truth
    alone, _ = await prompts.compose("none", question)
    try:
        before = await engine.score(alone, truth, affinity="gains")
        found = []
        for reply in _tried(fold, contexts, question):
            prompt, shown = await prompts.compose_with(contexts.only(reply), question)
            if not shown:
                continue
            after = await engine.score(prompt, truth, affinity="gains")
            value = (sum(after) - sum(before)) / np.sqrt(len(before))
            found.append(Gain(fold=number, question=question, reply=reply, value=float(value)))
    except ContextTooLongError:
        return []
    return found


def _tried(fold: Fold, contexts: FoldContexts, question: int) -> list[int]:
    replies = fold.cut.replies
    chosen: list[int] = []
    for mode in ("fused", "selector"):
        calibration = contexts.calibrations.of(fold, contexts.weights)
        query = fold.questions[question].query
        ranking = rank_as(mode, fold.store, query, contexts.weights, calibration)
        chosen += ranking.order[:_OF_EACH_MODE].tolist()
    columns = [fold.lines[reply.scene, reply.line] for reply in replies]
    chosen += np.argsort(-fold.overlap[question][columns], kind="stable")[:_CLOSEST].tolist()
    tried = list(dict.fromkeys(chosen))
    rest = sorted(set(range(len(replies))) - set(tried))
    random.Random(f"{fold.kept[0]} {question}").shuffle(rest)  # noqa: S311 - reproducible
    return (tried + rest)[:TRIED]
