"""Compare an adapter with what is in force at the same held-out moments of one character."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.adapters.schemas import AdapterResult
from app.auditions.adapters.between_turns import AdapterEngine
from app.auditions.adapters.figures import result_of
from app.auditions.adapters.held_out import HeldOut
from app.auditions.adapters.moments import Moment
from app.auditions.likelihood.measuring import SERVED
from app.auditions.likelihood.running import Sources
from app.auditions.measuring import WatchedEmbedder
from app.engines.port import ContextTooLongError
from app.judging.cast import CastJudge, train_judge
from app.judging.generation import lines_shown
from app.likelihood.contexts import FoldContexts
from app.likelihood.prompts import ReplyPrompts
from app.search.benchmark.corpus import BenchmarkCharacter, Fold
from app.search.benchmark.costs import PromptCosts
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.modes import Calibrations
from app.search.benchmark.vectors import EmbeddingCache
from app.settings import AdapterSettings, RetrievalMode

Progress = Callable[[int, int], None]
"""Gets how many scores and replies are there, and how many there will be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Hold what an audition compares, and on what."""

    subject: BenchmarkCharacter
    aliases: Sequence[str]
    mode: RetrievalMode
    held_out: HeldOut
    adapter: str
    in_force: str | None
    """None for the model alone."""

    @property
    def sides(self) -> tuple[str | None, str | None]:
        """The adapter, and what is in force."""
        return self.adapter, self.in_force


class AdapterMeasurement:
    """Measure one adapter for one character, in minutes to hours."""

    def __init__(
        self,
        sources: Sources,
        engine: AdapterEngine,
        settings: AdapterSettings,
        watched: WatchedEmbedder,
        report: Progress,
    ) -> None:
        self._sources = sources
        self._engine = engine
        self._settings = settings
        self._vectors = EmbeddingCache(watched)
        self._report = report
        self._done = self._total = 0

    @property
    def vectors(self) -> EmbeddingCache:
        """The vectors of this measurement, to which stored ones are added before."""
        return self._vectors

    async def measure(self, compared: Compared) -> AdapterResult:
        """Return how the adapter does beside what is in force.

        Raises the engine's errors, and :class:`~app.search.benchmark.errors.EvaluationError` where
        nothing can be compared.
        """
        limits = await self._engine.engine.limits()
        folds = await self._folds(compared)
        moments = await self._moments(compared, folds)
        written = _spread(moments, self._settings.written_replies)
        self._total = 2 * (len(moments) + len(written))
        judge = await train_judge(
            compared.subject, folds, self._vectors, lambda _: None, compared.aliases
        )
        await self._score(compared, moments)
        scored = [each for each in moments if len(each.scores) == len(compared.sides)]
        if not scored:
            raise EvaluationError("No reply fits the engine's context behind its prompt.")
        await self._write(compared, [each for each in written if each in scored] or scored[:1])
        await asyncio.to_thread(_recognise, judge, scored)
        return result_of(
            scored,
            trained_here=compared.held_out.trained_here,
            most_copying=self._settings.most_copying,
            model=limits.model,
            speakers=judge.speakers,
        )

    async def _folds(self, compared: Compared) -> list[Fold]:
        lines = [line for scene in compared.subject.scenes for line in scene.lines]
        costs = await PromptCosts.of_engine(self._engine.engine, lines)
        return await asyncio.to_thread(
            compared.held_out.folds,
            compared.subject,
            self._vectors,
            self._settings.scored_replies,
            costs,
        )

    async def _moments(self, compared: Compared, folds: Sequence[Fold]) -> list[Moment]:
        """Return the moments, with the prompts that the service would send."""
        sources, context = self._sources, SERVED[compared.mode]
        limits = await self._engine.engine.limits()
        calibrations, moments = Calibrations(), list[Moment]()
        for number, fold in enumerate(folds):
            contexts = FoldContexts(fold, sources.weights, calibrations)
            prompts = ReplyPrompts(
                contexts, self._engine.engine, limits, None, sources.retrieval, sources.prompt
            )
            for at, question in enumerate(fold.questions):
                lines = await asyncio.to_thread(contexts.sent, context, at, sources.retrieval.top_k)
                prepared = await prompts.prepare(lines, at)
                moments.append(
                    Moment(
                        fold=number,
                        scene=question.scene,
                        said_before=question.dialogue[-1][1],
                        truth=question.truth,
                        prepared=prepared,
                        shown=lines_shown(prepared),
                    )
                )
        return moments

    async def _score(self, compared: Compared, moments: Sequence[Moment]) -> None:
        """Score the true replies, one side after the other: an engine need not change weights."""
        for side in compared.sides:
            for moment in moments:
                affinity = f"{side or ''} {moment.fold} {moment.scene}"
                try:
                    found = await self._engine.score(moment.prepared, moment.truth, side, affinity)
                except ContextTooLongError:
                    found = []
                if found:
                    moment.scores.append(sum(found))
                    moment.tokens = len(found)
                self._step()

    async def _write(self, compared: Compared, moments: Sequence[Moment]) -> None:
        for side in compared.sides:
            for seed, moment in enumerate(moments):
                affinity = f"{side or ''} {moment.fold} {moment.scene}"
                moment.written.append(
                    await self._engine.write(
                        moment.prepared, compared.subject.name, side, affinity, seed
                    )
                )
                self._step()

    def _step(self) -> None:
        self._done += 1
        self._report(self._done, max(self._done, self._total))


def _recognise(judge: CastJudge, moments: Sequence[Moment]) -> None:
    for moment in moments:
        if moment.written:
            true, adapter, in_force = judge.right(moment.fold, [moment.truth, *moment.written])
            moment.right = true, adapter, in_force


def _spread(moments: Sequence[Moment], most: int) -> list[Moment]:
    """Return at most so many moments, evenly spaced."""
    if len(moments) <= most:
        return list(moments)
    return [moments[at * len(moments) // most] for at in range(most)]
