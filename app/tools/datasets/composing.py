"""Compose the prompts of a character's lines as turns do, with lines of other scenes in them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.auditions.likelihood.measuring import SERVED
from app.engines.port import Limits, ScoringEngine
from app.likelihood.contexts import FoldContexts
from app.likelihood.prompts import ReplyPrompts, language_of
from app.search.benchmark.corpus import (
    Fold,
    build_fold,
    build_questions,
    question_after,
    texts_of,
)
from app.search.benchmark.costs import PromptCosts
from app.search.benchmark.folds import LEAST_LETTERS
from app.search.benchmark.modes import Calibrations
from app.search.benchmark.vectors import EmbeddingCache
from app.search.retriever import RankedReplies, SceneHits
from app.settings import PromptSettings, RetrievalSettings
from app.tools.bench.in_process import Say
from app.tools.datasets.formats import seed_prompt
from app.tools.datasets.leaks import LeakGuard, check_shown
from app.tools.datasets.replies import Drop, Reply
from app.tools.datasets.rows import Layout, Row, SeedPrompt, Side, Source
from app.tools.datasets.sources import ScriptSource
from app.tools.datasets.splitting import FoldPlan, Split
from app.tools.datasets.tally import Tally
from app.turns.prepared_prompt import PreparedPrompt
from characters.language import Language
from characters.passages.duplicates import letters
from characters.prompting import PromptTooLongError
from characters.prompting.prompt import UNNAMED
from retrieval.embedding.port import Embedder
from retrieval.ranking.weights import Weights

_REPORTED_EVERY = 200
"""Prompts."""
NO_SCENE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Composing:
    """Hold with what prompts are composed."""

    engine: ScoringEngine
    """Counts tokens."""
    limits: Limits
    """Of the model that the dataset is for."""
    layout: Layout
    weights: Weights
    embedder: Embedder
    retrieval: RetrievalSettings
    prompt: PromptSettings

    def limits_as(self, layout: Layout) -> Limits:
        """Return the limits of prompts in a layout.

        The bounds for small chat models are not those of Index's prompt.
        """
        if layout == self.limits.prompt_style:
            return self.limits
        return replace(self.limits, prompt_style=layout, max_examples=None, profile_length=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """Hold a line of the script with the prompt before it."""

    side: Side
    scene: str
    """The script and the number of the scene in it."""
    character: str
    language: Language
    profile: str
    answer: str
    prepared: PreparedPrompt
    seed: SeedPrompt
    instructed: Callable[[str], Awaitable[PreparedPrompt]]
    """Function from an instruction to the prompt that has it as well."""

    def row(self, source: Source, answer: str, rejected: str | None = None) -> Row:
        """Return a row of this prompt."""
        return Row(
            side=self.side,
            source=source,
            character=self.character,
            language=self.language,
            scene=self.scene,
            prompt=self.prepared.prompt,
            answer=answer,
            rejected=rejected,
            profile=self.profile,
            seed=self.seed,
        )


class SourceComposer:
    """Compose the prompts of one character, fold by fold: one fold's store is in memory."""

    def __init__(
        self, source: ScriptSource, composing: Composing, tally: Tally, drop: Drop, say: Say
    ) -> None:
        self._source = source
        self._subject = source.subject
        self._composing = composing
        self._tally = tally
        self._drop = drop
        self._say = say
        self._vectors = EmbeddingCache(composing.embedder)
        self._calibrations = Calibrations()

    async def compose(
        self, split: Split, number: int, replies: Sequence[Reply]
    ) -> AsyncIterator[Composed]:
        """Yield the prompts of these lines. ``number``: of the character in the split.

        Raises the engine's errors, and :class:`~app.tools.datasets.errors.LeakError`.
        """
        await asyncio.to_thread(self._embed)
        done = 0
        for plan in split.plans(number, self._subject):
            asked = [reply for reply in replies if reply[0] in plan.asked]
            if not asked:
                continue
            fold = await asyncio.to_thread(self._fold, plan, asked)
            if not fold.store.size:
                self._drop("no_other_scene", len(asked))
                continue
            async for composed in self._of_fold(fold, plan.side):
                yield composed
                done += 1
                if done % _REPORTED_EVERY == 0:
                    self._say(f"{self._subject.name}: {done} of {len(replies)} prompts composed.")

    async def ask(self, split: Split, number: int, questions: Sequence[str]) -> list[Composed]:
        """Return the prompts of questions that a user asks in a new conversation.

        They see the training scenes, and are on that side. None where there is no such scene.
        """
        await asyncio.to_thread(self._embed)
        fold = await asyncio.to_thread(self._asked, split.scenes_of(number, "train"), questions)
        if not fold.store.size:
            return []
        return [each async for each in self._of_fold(fold, "train")]

    def _embed(self) -> None:
        def on_progress(done: int, total: int) -> None:
            if done % 1_600 == 0:
                self._say(f"{self._subject.name}: {done} of {total} texts embedded.")

        self._vectors.embed_all(texts_of(self._subject), on_progress)

    def _fold(self, plan: FoldPlan, asked: Sequence[Reply]) -> Fold:
        questions = build_questions(self._subject, asked, self._vectors)
        return build_fold(self._subject, plan.kept, questions, self._vectors, PromptCosts())

    def _asked(self, kept: Sequence[int], questions: Sequence[str]) -> Fold:
        asked = [
            question_after(self._subject, NO_SCENE, [(UNNAMED, each)], "", self._vectors)
            for each in questions
        ]
        return build_fold(self._subject, kept, asked, self._vectors, PromptCosts())

    async def _of_fold(self, fold: Fold, side: Side) -> AsyncIterator[Composed]:
        made = _FoldPrompts(self._source, fold, self._composing, self._calibrations)
        for number, question in enumerate(fold.questions):
            made.guard.check_scene(question.scene)
            truth = letters(question.truth)
            if side == "validation" and len(truth) >= LEAST_LETTERS and truth in made.guard.said:
                self._drop("said_in_training", 1)
                continue
            found, hidden = await made.find(number)
            try:
                composed = await made.compose(number, found, side)
            except PromptTooLongError:
                self._drop("prompt_too_long", 1)
                continue
            self._tally.hidden += hidden
            yield composed


class _FoldPrompts:
    """Compose the prompts of one fold in both layouts."""

    def __init__(
        self,
        source: ScriptSource,
        fold: Fold,
        composing: Composing,
        calibrations: Calibrations,
    ) -> None:
        self._fold = fold
        self._title = source.title
        self._mode = SERVED[source.mode]
        self._top_k = composing.retrieval.top_k
        self._contexts = FoldContexts(fold, composing.weights, calibrations)
        self._language = language_of(fold.subject)
        self._layout = composing.layout
        self.guard = LeakGuard(fold)
        self._prompts = {
            layout: ReplyPrompts(
                self._contexts,
                composing.engine,
                composing.limits_as(layout),
                None,
                composing.retrieval,
                composing.prompt,
            )
            for layout in _layouts(composing.layout)
        }

    async def find(self, number: int) -> tuple[RankedReplies | SceneHits, int]:
        """Return what a turn would show, without what reveals the answer; and how much that is."""
        found = await asyncio.to_thread(self._contexts.sent, self._mode, number, self._top_k)
        truth = self._fold.questions[number].truth
        return self.guard.without_answer(found, truth) if truth else (found, 0)

    async def compose(self, number: int, found: RankedReplies | SceneHits, side: Side) -> Composed:
        """Return a question's prompt with these lines."""
        prompts = self._prompts[self._layout]
        prepared = await prompts.prepare(found, number)
        index = prepared
        if self._layout != "completion":
            index = await self._prompts["completion"].prepare(found, number)
        truth = self._fold.questions[number].truth
        if truth:
            for each in (prepared, index):
                check_shown((example.lines for example in each.shown), truth)

        async def instructed(instructions: str) -> PreparedPrompt:
            return await prompts.prepare(found, number, instructions=instructions)

        return Composed(
            side=side,
            scene=f"{self._title} {self._fold.questions[number].scene + 1}",
            character=self._fold.subject.name,
            language=self._language,
            profile=self._fold.subject.profile,
            answer=truth,
            prepared=prepared,
            seed=seed_prompt(index),
            instructed=instructed,
        )


def _layouts(layout: Layout) -> Iterator[Layout]:
    yield layout
    if layout != "completion":
        yield "completion"
