"""Run the likelihood benchmark of several characters, with a journal to go on from."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import fields
from pathlib import Path

from app.engines.port import ScoringEngine
from app.likelihood.fingerprint import fingerprint
from app.likelihood.results import LikelihoodResults, figures_by_budget
from app.likelihood.run import LikelihoodPlan, cost_of, run_likelihood
from app.likelihood.scores import ReplyScore, contexts_asked
from app.likelihood.which_line import Choice, which_line
from app.search.benchmark.corpus import BenchmarkCharacter, Fold
from app.search.benchmark.costs import PromptCosts
from app.search.benchmark.run import embed_folds
from app.search.benchmark.vectors import EmbeddingCache
from app.tools.bench.in_process import Say
from app.tools.evaluation.counting import count_from_threads
from app.tools.evaluation.journal import Journal
from app.tools.evaluation.progress import JournaledProgress
from retrieval.embedding.port import Embedder


async def measure(
    subjects: Sequence[BenchmarkCharacter],
    plan: LikelihoodPlan,
    embedder: Embedder,
    scoring: AbstractAsyncContextManager[ScoringEngine],
    most_questions: int,
    out: Path,
    say: Say,
) -> LikelihoodResults:
    """Return the figures of the characters together, measured with this engine.

    Scores are kept as they come, in ``likelihood.jsonl`` in the folder, which must exist; a later
    run with the same engine, characters and settings takes them from there.
    """
    async with scoring as engine:
        return await _measure(subjects, plan, embedder, engine, most_questions, out, say)


async def _measure(
    subjects: Sequence[BenchmarkCharacter],
    plan: LikelihoodPlan,
    embedder: Embedder,
    engine: ScoringEngine,
    most_questions: int,
    out: Path,
    say: Say,
) -> LikelihoodResults:
    limits = await engine.limits()
    scores: dict[str, Sequence[ReplyScore]] = {}
    choices: list[tuple[int, Choice]] = []
    with Journal(out / "likelihood.jsonl") as journal:
        for number, subject in enumerate(subjects):
            folds = await _embed(subject, embedder, engine, most_questions, say)
            made_with = (embedder.model_id, limits.model, most_questions)
            run = f"{subject.name} {fingerprint(subject, plan, *made_with)}"
            cost = cost_of(folds, plan)
            say(
                f"{subject.name}: {cost.scores} scores, about {cost.tokens:,} tokens of prompts "
                f"for {limits.model} to read."
            )
            known = known_scores(journal, run, plan)
            progress = JournaledProgress(
                journal, run, "scores", total=cost.scores, done=len(known), say=say
            )
            found = await run_likelihood(
                folds, plan, engine, progress.add, {score.key for score in known}
            )
            scores[subject.name] = [*known, *found.scores]
            choices += [(number, choice) for choice in found.choices]
    asked = {
        (who, each.fold, each.question): (who, each.scene)
        for who, of in scores.items()
        for each in of
    }
    return LikelihoodResults(
        characters=[subject.name for subject in subjects],
        model=limits.model,
        prompt_style=limits.prompt_style,
        embedder=embedder.model_id,
        weights=plan.weights.name,
        replies=len(asked),
        scenes=len(set(asked.values())),
        budgets=figures_by_budget(scores, plan.budgets),
        which_line={
            context: which_line([(n, choice) for n, choice in choices if choice.context == context])
            for context in dict.fromkeys(choice.context for _, choice in choices)
        },
    )


async def _embed(
    subject: BenchmarkCharacter,
    embedder: Embedder,
    engine: ScoringEngine,
    most_questions: int,
    say: Say,
) -> list[Fold]:
    count = count_from_threads(engine, asyncio.get_running_loop())
    lines = (line for scene in subject.scenes for line in scene.lines)
    costs = await PromptCosts.of_engine(engine, lines, count)
    return await asyncio.to_thread(
        embed_folds, subject, EmbeddingCache(embedder), say, most_questions, costs
    )


def known_scores(journal: Journal, run: str, plan: LikelihoodPlan) -> list[ReplyScore]:
    """Return the scores that the plan asks for and the journal has."""
    asked = set(contexts_asked(plan.contexts, plan.budgets))
    names = [field.name for field in fields(ReplyScore)]
    return [
        ReplyScore(**{name: entry[name] for name in names})
        for entry in journal.entries()
        if entry["run"] == run and (entry["context"], entry["budget"]) in asked
    ]
