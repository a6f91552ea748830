"""Compare an adapter with what is in force, on the same held-out replies of one character."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.adapters.schemas import AdapterResult
from app.auditions.adapters.between_turns import AdapterEngine
from app.auditions.adapters.figures import result_of
from app.auditions.adapters.held_out import HeldOut
from app.auditions.adapters.held_out_replies import HeldOutReply
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
        replies = await self._held_out_replies(compared, folds)
        written = _spread(replies, self._settings.written_replies)
        self._total = 2 * (len(replies) + len(written))
        judge = await train_judge(
            compared.subject, folds, self._vectors, lambda _: None, compared.aliases
        )
        await self._score(compared, replies)
        scored = [each for each in replies if len(each.scores) == len(compared.sides)]
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

    async def _held_out_replies(
        self, compared: Compared, folds: Sequence[Fold]
    ) -> list[HeldOutReply]:
        """Return the replies, with the prompts that the service would send."""
        sources, context = self._sources, SERVED[compared.mode]
        limits = await self._engine.engine.limits()
        calibrations, replies = Calibrations(), list[HeldOutReply]()
        for number, fold in enumerate(folds):
            contexts = FoldContexts(fold, sources.weights, calibrations)
            prompts = ReplyPrompts(
                contexts, self._engine.engine, limits, None, sources.retrieval, sources.prompt
            )
            for at, question in enumerate(fold.questions):
                lines = await asyncio.to_thread(contexts.sent, context, at, sources.retrieval.top_k)
                prepared = await prompts.prepare(lines, at)
                replies.append(
                    HeldOutReply(
                        fold=number,
                        scene=question.scene,
                        said_before=question.dialogue[-1][1],
                        truth=question.truth,
                        prepared=prepared,
                        shown=lines_shown(prepared),
                    )
                )
        return replies

    async def _score(self, compared: Compared, replies: Sequence[HeldOutReply]) -> None:
        """Score the true replies, one side after the other: an engine need not change weights."""
        for side in compared.sides:
            for reply in replies:
                affinity = f"{side or ''} {reply.fold} {reply.scene}"
                try:
                    found = await self._engine.score(reply.prepared, reply.truth, side, affinity)
                except ContextTooLongError:
                    found = []
                if found:
                    reply.scores.append(sum(found))
                    reply.tokens = len(found)
                self._step()

    async def _write(self, compared: Compared, replies: Sequence[HeldOutReply]) -> None:
        for side in compared.sides:
            for seed, reply in enumerate(replies):
                affinity = f"{side or ''} {reply.fold} {reply.scene}"
                reply.written.append(
                    await self._engine.write(
                        reply.prepared, compared.subject.name, side, affinity, seed
                    )
                )
                self._step()

    def _step(self) -> None:
        self._done += 1
        self._report(self._done, max(self._done, self._total))


def _recognise(judge: CastJudge, replies: Sequence[HeldOutReply]) -> None:
    for reply in replies:
        if reply.written:
            true, adapter, in_force = judge.right(reply.fold, [reply.truth, *reply.written])
            reply.right = true, adapter, in_force


def _spread(replies: Sequence[HeldOutReply], most: int) -> list[HeldOutReply]:
    """Return at most so many replies, evenly spaced."""
    if len(replies) <= most:
        return list(replies)
    return [replies[at * len(replies) // most] for at in range(most)]
