"""Measure one side of a comparison: its replies at held-out questions, its scores of true ones."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, fields, replace
from hashlib import blake2b
from pathlib import Path

from app.engines.port import ChatEngine, Limits, ScoringUnsupportedError
from app.judging.generation import (
    GeneratedReply,
    ReplyGenerator,
    asked_questions,
    context_of,
)
from app.likelihood.fingerprint import fingerprint
from app.likelihood.run import LikelihoodPlan, run_likelihood
from app.likelihood.scores import ReplyScore
from app.search.benchmark.corpus import BenchmarkCharacter, Fold
from app.search.benchmark.run import embed_folds
from app.search.benchmark.vectors import EmbeddingCache
from app.search.embedders import load_embedder
from app.settings import Settings
from app.tools.bench.in_process import Say
from app.tools.evaluation.compare.configurations import Configuration
from app.tools.evaluation.counting import started_engine
from app.tools.evaluation.journal import Journal
from app.tools.evaluation.likelihood.run import known_scores
from app.tools.evaluation.progress import JournaledProgress
from retrieval.embedding.port import Embedder
from retrieval.ranking.weights import Weights

_REPLIES, _SCORES = "replies.jsonl", "likelihood.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePlan:
    """Hold what is measured of both sides."""

    weights: Weights
    questions: int
    """Most held-out questions of each character."""
    seed: int
    side_by_side: int
    with_likelihood: bool
    with_gain: bool = False
    """Whether true replies are scored behind the profile alone, too."""


OpenEngine = Callable[[Settings], AbstractAsyncContextManager[ChatEngine]]
"""Starts the engine of settings, which runs until the block ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Hold what one configuration says and scores; by character."""

    name: str
    model: str
    prompt_style: str
    retrieval: str
    embedder: str
    replies: dict[str, list[GeneratedReply]]
    scores: dict[str, list[ReplyScore]]
    """Empty where the engine cannot score."""
    left_out: int
    """Questions whose prompt is too long for the engine."""


class FoldStore:
    """Embed the folds of each character once for both sides, where they embed alike."""

    def __init__(self, questions: int, say: Say) -> None:
        self._questions = questions
        self._say = say
        self._embedders: dict[str, Embedder] = {}
        self._folds: dict[tuple[str, str, int], list[Fold]] = {}

    def embedder(self, settings: Settings, name: str = "") -> Embedder:
        """Return the embedder of the settings, or the one called ``name``."""
        key = json.dumps([settings.embedder.model_dump(mode="json"), name])
        if key not in self._embedders:
            self._embedders[key] = load_embedder(settings.embedder, name)
        return self._embedders[key]

    async def folds(self, subject: BenchmarkCharacter, settings: Settings) -> list[Fold]:
        """Return the folds of a character, with its queries as long as the settings say."""
        embedder, length = self.embedder(settings), settings.retrieval.max_query_length
        key = subject.name, embedder.model_id, length
        if key not in self._folds:
            self._folds[key] = await asyncio.to_thread(
                embed_folds,
                replace(subject, query_length=length),
                EmbeddingCache(embedder),
                self._say,
                self._questions,
            )
        return self._folds[key]


async def measure_side(
    configuration: Configuration,
    subjects: Sequence[BenchmarkCharacter],
    plan: ComparePlan,
    store: FoldStore,
    out: Path,
    say: Say,
    opening: OpenEngine | None = None,
) -> Side:
    """Return one side, measured with its engine, which runs until then.

    Replies and scores are kept in the folder as they come; a later run with the same configuration
    takes them from there. Raises the engine's errors, and those of starting it.
    """
    settings = configuration.settings
    embedder = await asyncio.to_thread(store.embedder, settings)
    async with (opening or started_engine)(settings) as engine:
        limits = await engine.limits()
        say(f"{configuration.name}: {limits.model} answers.")
        measured = _Measured(configuration, plan, engine, limits, embedder.model_id, out, say)
        replies: dict[str, list[GeneratedReply]] = {}
        scores: dict[str, list[ReplyScore]] = {}
        for subject in subjects:
            folds = await store.folds(subject, settings)
            replies[subject.name] = await measured.replies(subject, folds)
            if plan.with_likelihood:
                scores[subject.name] = await measured.scores(subject, folds)
    return Side(
        name=configuration.name,
        model=limits.model,
        prompt_style=limits.prompt_style,
        retrieval=settings.retrieval.mode,
        embedder=embedder.model_id,
        replies=replies,
        scores=scores,
        left_out=measured.left_out,
    )


class _Measured:
    """Ask one engine for what the journals of the folder do not have."""

    def __init__(
        self,
        configuration: Configuration,
        plan: ComparePlan,
        engine: ChatEngine,
        limits: Limits,
        embedder: str,
        out: Path,
        say: Say,
    ) -> None:
        self._configuration = configuration
        self._plan = plan
        self._engine = engine
        self._limits = limits
        self._embedder = embedder
        self._out = out
        self._say = say
        self.left_out = 0

    async def replies(
        self, subject: BenchmarkCharacter, folds: Sequence[Fold]
    ) -> list[GeneratedReply]:
        """Return the replies at the character's questions."""
        with Journal(self._out / _REPLIES) as journal:
            found = _known_replies(journal, self._run_of(subject))
            progress = self._progress(journal, subject, folds, "replies", len(found))

            def keep(reply: GeneratedReply) -> None:
                found.append(reply)
                progress.add([reply])

            player = ReplyGenerator(folds, self._engine, self._settings, self._plan.weights)
            known = {each.key for each in found}
            self.left_out += await player.play(
                self._plan.seed, keep, known, self._plan.side_by_side
            )
        return found

    async def scores(self, subject: BenchmarkCharacter, folds: Sequence[Fold]) -> list[ReplyScore]:
        """Return how likely the engine finds the true replies behind the same prompts."""
        asked = _likelihood_plan(self._settings, self._plan)
        run = self._run_of(subject)
        with Journal(self._out / _SCORES) as journal:
            known = known_scores(journal, run, asked)
            contexts = len(asked.contexts)
            progress = self._progress(journal, subject, folds, "scores", len(known), contexts)
            try:
                found = await run_likelihood(
                    folds, asked, self._engine, progress.add, {score.key for score in known}
                )
            except ScoringUnsupportedError as error:
                self._say(f"{self._configuration.name}: {error}")
                return []
        return [*known, *found.scores]

    @property
    def _settings(self) -> Settings:
        return self._configuration.settings

    def _progress(
        self,
        journal: Journal,
        subject: BenchmarkCharacter,
        folds: Sequence[Fold],
        what: str,
        done: int,
        times: int = 1,
    ) -> JournaledProgress:
        total = times * len(asked_questions(folds))
        kept = f" {done} are there already." if done else ""
        self._say(f"{self._configuration.name}, {subject.name}: {total} {what}.{kept}")
        run = self._run_of(subject)
        return JournaledProgress(journal, run, what, total=total, done=done, say=self._say)

    def _run_of(self, subject: BenchmarkCharacter) -> str:
        """Return the identity of a run: whatever its replies depend on."""
        settings = self._settings
        parts = [
            fingerprint(
                replace(subject, query_length=settings.retrieval.max_query_length),
                _likelihood_plan(settings, self._plan),
                self._embedder,
                self._limits.model,
                self._plan.questions,
            ),
            self._plan.seed,
            settings.turn.screen_replies,
            asdict(self._limits),
        ]
        text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
        digest = blake2b(text.encode(), digest_size=8).hexdigest()
        return f"{self._configuration.name} {subject.name} {digest}"


def _likelihood_plan(settings: Settings, plan: ComparePlan) -> LikelihoodPlan:
    served = context_of(settings.retrieval.mode)
    return LikelihoodPlan(
        weights=plan.weights,
        retrieval=settings.retrieval,
        prompt=settings.prompt,
        contexts=("none", served) if plan.with_gain else (served,),
        budgets=(None,),
        side_by_side=plan.side_by_side,
    )


def _known_replies(journal: Journal, run: str) -> list[GeneratedReply]:
    names = [field.name for field in fields(GeneratedReply)]
    return [
        GeneratedReply(**{name: entry[name] for name in names})
        for entry in journal.entries()
        if entry["run"] == run
    ]
