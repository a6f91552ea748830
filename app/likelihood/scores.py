"""Score every held-out reply under every context with an engine."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product

from app.engines.port import ContextTooLongError, ScoringEngine
from app.likelihood.contexts import ContextName
from app.likelihood.prompts import ReplyPrompts
from app.search.benchmark.corpus import Fold
from characters.passages.duplicates import letters
from retrieval.bm25.tokens import in_words

_SHARED = 8
"""Length of a run of letters (words, where a language separates them by spaces) that a reply and
its examples must not share: such a reply may be copied rather than found likely."""

Budget = int | None
"""Tokens of examples; None for what the service sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreJob:
    """Identify the replies of one scene under one context: they share most of their prompts."""

    context: ContextName
    budget: Budget
    fold: int
    questions: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyScore:
    """Hold the likelihood of one held-out reply under one context."""

    context: ContextName
    budget: Budget
    fold: int
    question: int
    scene: int
    log_probability: float
    """Natural, of the whole reply."""
    tokens: int
    """Of the reply."""
    size: int
    """Bytes of the reply in UTF-8."""
    example_tokens: int
    """Tokens of the examples that the prompt shows."""
    copied: bool
    """Whether an example and the reply share a run of eight letters or words."""

    @property
    def key(self) -> tuple[object, ...]:
        """Identify the score within a run."""
        return self.context, self.budget, self.fold, self.question


def contexts_asked(
    contexts: Sequence[ContextName], budgets: Sequence[Budget]
) -> Iterator[tuple[ContextName, Budget]]:
    """Yield what a run asks; the context ``none`` only once for all numbers of tokens."""
    first = next((budget for budget in budgets if budget is not None), None)
    for budget, context in product(budgets, contexts):
        if context != "none" or budget in (None, first):
            yield context, budget


def score_jobs(
    folds: Sequence[Fold], contexts: Sequence[ContextName], budgets: Sequence[Budget]
) -> Iterator[ScoreJob]:
    """Yield the jobs of a run, those of one fold and budget together."""
    asked = list(contexts_asked(contexts, budgets))
    for budget, (number, fold), context in product(budgets, enumerate(folds), contexts):
        if (context, budget) not in asked:
            continue
        scenes = [question.scene for question in fold.questions]
        for _, questions in groupby(range(len(scenes)), scenes.__getitem__):
            yield ScoreJob(context=context, budget=budget, fold=number, questions=tuple(questions))


async def score_replies(
    job: ScoreJob,
    fold: Fold,
    prompts: ReplyPrompts,
    engine: ScoringEngine,
    known: Collection[tuple[object, ...]] = (),
) -> list[ReplyScore]:
    """Score the replies of a job, except the ``known`` ones. Raises the engine's errors.

    A reply that does not fit the engine's context behind its prompt has no score.
    """
    scores = []
    for number in job.questions:
        if (job.context, job.budget, job.fold, number) in known:
            continue
        question = fold.questions[number]
        prompt, examples = await prompts.compose(job.context, number)
        affinity = f"{job.context} {job.fold} {question.scene}"
        try:
            found = await engine.score(prompt, question.truth, affinity=affinity)
        except ContextTooLongError:
            continue
        scores.append(
            ReplyScore(
                context=job.context,
                budget=job.budget,
                fold=job.fold,
                question=number,
                scene=question.scene,
                log_probability=sum(found),
                tokens=len(found),
                size=len(question.truth.encode()),
                example_tokens=sum(await engine.count_tokens(examples)),
                copied=is_copied(question.truth, examples),
            )
        )
    return scores


def is_copied(reply: str, examples: Sequence[str]) -> bool:
    """Return whether an example and the reply share a run of eight letters or words."""
    runs = _runs(reply)
    return any(runs & _runs(line) for example in examples for line in example.splitlines())


def _runs(text: str) -> set[tuple[str, ...]]:
    parts = text.casefold().split() if in_words(text) else list(letters(text))
    return {tuple(parts[at : at + _SHARED]) for at in range(len(parts) - _SHARED + 1)}
