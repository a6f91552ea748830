"""Hear every candidate at the same held-out questions, one after the other."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.engines.port import ChatEngine, EngineError
from app.judging.cast import CastJudge, train_judge
from app.judging.generation import context_of
from app.judging.identification import Accuracy, accuracy_of
from app.judging.replies import judge_replies
from app.likelihood.scores import ReplyScore
from app.search.benchmark.corpus import BenchmarkCharacter, Fold
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.vectors import EmbeddingCache
from app.settings import Settings
from app.tools.bench.in_process import Say
from app.tools.evaluation.compare.configurations import Configuration
from app.tools.evaluation.compare.side import ComparePlan, Side, measure_side
from app.tools.evaluation.journal import Journal
from app.tools.model_auditions.candidates import (
    ReadyCandidate,
    RefusedCandidate,
    candidate_settings,
)
from app.tools.model_auditions.engines import (
    AdaptedEngine,
    OpenEngine,
    PeakMemory,
    started_candidate,
)
from app.tools.model_auditions.figures import AuditionFigures, Heard, audition_figures
from app.tools.model_auditions.held_out import HeldOutStore
from app.tools.model_auditions.recommendation import Recommendation, recommend

_ENGINES = "engines.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionResults:
    """Hold an audition of several candidates for one character."""

    character: str
    seed: int
    trained_here: bool
    """Whether only scenes were asked about that no adapter was trained on."""
    accuracy: Accuracy
    """Of the classifier on held-out true lines."""
    heard: Sequence[Heard]
    refused: Sequence[RefusedCandidate]
    figures: AuditionFigures
    recommendation: Recommendation


async def hear_candidates(
    candidates: Sequence[ReadyCandidate | RefusedCandidate],
    subject: BenchmarkCharacter,
    plan: ComparePlan,
    store: HeldOutStore,
    settings: Settings,
    out: Path,
    say: Say,
    *,
    embedder: str = "",
    opening: OpenEngine | None = None,
) -> AuditionResults:
    """Return the figures of all that can be heard; takes minutes to hours, in the engines.

    What was measured is kept in the folder, which must exist. A candidate whose engine fails is
    refused with the reason, and the others go on. Raises
    :class:`~app.search.benchmark.errors.EvaluationError` where none is left.
    """
    refused = [each for each in candidates if isinstance(each, RefusedCandidate)]
    for each in refused:
        say(f"{each.name} is not heard: {each.why}")
    ready = [each for each in candidates if isinstance(each, ReadyCandidate)]
    if not ready:
        raise EvaluationError("No candidate can be heard.")
    folds = await store.folds(subject, settings)
    say(f"{subject.name}: learning who of the cast speaks how.")
    vectors = EmbeddingCache(store.embedder(settings, embedder))
    judge = await train_judge(subject, folds, vectors, say)
    heard: list[Heard] = []
    for number, candidate in enumerate(ready, start=1):
        say(f"{number} of {len(ready)}: {candidate.name}")
        hearing = _Hearing(candidate, plan, store, settings, out, say, opening or started_candidate)
        try:
            side = await hearing.measure(subject)
            heard.append(_heard(candidate, side, hearing.memory, judge, folds))
        except (EngineError, EvaluationError) as error:
            refused.append(RefusedCandidate(candidate.name, str(error)))
            say(f"{candidate.name} is not heard: {error}")
    figures = audition_figures(heard, context_of(settings.retrieval.mode)) if heard else None
    if figures is None:
        raise EvaluationError(
            "No candidate can be heard."
            if not heard
            else "There is no reply that all candidates "
            "answer: the context of one is too short for the prompts. Hear the others without it."
        )
    return AuditionResults(
        character=subject.name,
        seed=plan.seed,
        trained_here=store.trained_here,
        accuracy=accuracy_of(judge.held_out),
        heard=heard,
        refused=refused,
        figures=figures,
        recommendation=recommend(heard, figures),
    )


class _Hearing:
    """Measure one candidate."""

    def __init__(
        self,
        candidate: ReadyCandidate,
        plan: ComparePlan,
        store: HeldOutStore,
        settings: Settings,
        out: Path,
        say: Say,
        opening: OpenEngine,
    ) -> None:
        self._candidate = candidate
        self._plan = plan
        self._store = store
        self._settings = settings
        self._out = out
        self._say = say
        self._opening = opening
        self.memory: int | None = None

    async def measure(self, subject: BenchmarkCharacter) -> Side:
        """Return what the candidate says and scores."""
        with Journal(self._out / _ENGINES) as journal:
            side = await measure_side(
                Configuration(
                    self._candidate.name,
                    candidate_settings(self._candidate.candidate, self._settings),
                ),
                [subject],
                self._plan,
                self._store,
                self._out,
                self._say,
                partial(self._open, journal),
            )
            known = [
                entry["memory"]
                for entry in journal.entries()
                if entry["candidate"] == self._candidate.name and entry["memory"]
            ]
        self.memory = max(known, default=None)
        return side

    @asynccontextmanager
    async def _open(self, journal: Journal, _: Settings) -> AsyncIterator[ChatEngine]:
        """Yield the engine, speaking with the adapter; note the memory that it took."""
        candidate, peak = self._candidate, PeakMemory()
        async with self._opening(candidate, self._settings) as engine:
            adapter = candidate.candidate.adapter
            try:
                async with peak.watch(engine):
                    yield engine if adapter is None else AdaptedEngine(engine, adapter)
            finally:
                # Also of a run that is stopped: the next one may have nothing left to ask.
                journal.add({"candidate": candidate.name, "memory": peak.bytes})


def _heard(
    candidate: ReadyCandidate,
    side: Side,
    memory: int | None,
    judge: CastJudge,
    folds: Sequence[Fold],
) -> Heard:
    scores: Sequence[ReplyScore] = side.scores.get(judge.character, [])
    if not scores:
        raise EvaluationError("Its engine does not score given replies.")
    return Heard(
        name=candidate.name,
        title=candidate.resolved.title,
        licence=candidate.licence,
        size=candidate.size,
        memory=memory,
        replies=judge_replies(folds, judge, side.replies[judge.character]),
        scores=scores,
        left_out=side.left_out,
    )
