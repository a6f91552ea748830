"""Run one measurement of likelihood to its end, with progress and scores in the database."""

import asyncio
import contextlib
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import structlog

from app.auditions.likelihood.between_turns import BetweenTurns
from app.auditions.likelihood.measuring import (
    MOST_QUESTIONS,
    SERVED,
    embed,
    plan_of,
    proof_out,
)
from app.auditions.likelihood.repository import LikelihoodRepository
from app.auditions.likelihood.schemas import ProofOut
from app.auditions.measuring import WatchedEmbedder, sample
from app.auditions.subjects import load_subject, stored_vectors
from app.cpu_gate import CpuGate
from app.db.base import utc_now
from app.db.errors import DATABASE_ERRORS
from app.db.session import Database
from app.engines.port import EngineError, Limits, ScoringUnsupportedError
from app.errors.failures import describe_engine_error
from app.likelihood.fingerprint import fingerprint
from app.likelihood.proof import prove
from app.likelihood.run import LikelihoodPlan, cost_of, run_likelihood
from app.likelihood.scores import ReplyScore
from app.search.benchmark.corpus import BenchmarkCharacter, Fold
from app.search.benchmark.costs import PromptCosts
from app.search.benchmark.errors import EvaluationError
from app.search.passage_embedding import PassageEmbedder
from app.settings import PromptSettings, RetrievalMode, RetrievalSettings
from characters.prompting import PromptTooLongError
from retrieval.embedding.port import Embedder
from retrieval.ranking.weights import Weights

log = structlog.get_logger(__name__)

_REPORT_SECONDS = 1.0
_KEEP_REPORTS = 10
"""Reports from one storing of the scores to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Hold what measurements are made of."""

    database: Database
    embedder: Embedder
    passages: PassageEmbedder
    cpu_gate: CpuGate
    weights: Weights
    retrieval: RetrievalSettings
    prompt: PromptSettings


class Measurement:
    """Measure one character."""

    def __init__(
        self,
        sources: Sources,
        engine: BetweenTurns,
        character_id: UUID,
        run: UUID,
        mode: RetrievalMode,
    ) -> None:
        """``run`` identifies the measurement in the database."""
        self._sources = sources
        self._engine = engine
        self._character_id = character_id
        self._run = run
        self._mode: RetrievalMode = mode
        self._watched = WatchedEmbedder(sources.embedder, sources.cpu_gate)
        self._scores: list[ReplyScore] = []
        self._model: str | None = None
        self._made_with: str | None = None
        self._total: int | None = None

    async def run(self) -> None:
        """Measure, and store the result or why there is none."""
        this = asyncio.current_task()
        assert this is not None  # noqa: S101 - a coroutine runs in a task
        reporting = asyncio.create_task(self._report(this))
        try:
            result = await self._measure()
            await self._end(
                result=result.model_dump(mode="json"), finished_at=utc_now(), scores=None
            )
        except asyncio.CancelledError:
            reporting.cancel()  # it would cancel a stopped measurement again, while this is stored
            self._watched.stop()
            async with self._sources.database.write() as session:
                measurements = LikelihoodRepository(session)
                await measurements.keep(self._run, self._kept())
                await measurements.interrupt(self._run)
            raise
        except Exception as error:
            code, message = _failure_of(error)
            await self._end(error_code=code, error=message, **self._kept())
        finally:
            reporting.cancel()

    async def _measure(self) -> ProofOut:
        sources, engine = self._sources, self._engine
        limits = await engine.limits()
        async with sources.database.read() as session:
            subject = await load_subject(
                session, self._character_id, sources.retrieval.max_query_length
            )
        subject = await asyncio.to_thread(sample, subject)
        plan = plan_of(self._mode, sources.weights, sources.retrieval, sources.prompt)
        await self._take_up(subject, plan, limits)
        folds = await self._embed(subject)
        self._total = cost_of(folds, plan).scores
        known = {score.key for score in self._scores}
        await run_likelihood(folds, plan, engine, self._scores.extend, known)
        proof = prove(self._scores, SERVED[self._mode])
        if proof is None:
            raise EvaluationError("No reply fits the engine's context behind its prompt.")
        return proof_out(proof, self._mode, sources.weights, limits, sources.embedder.model_id)

    async def _take_up(
        self, subject: BenchmarkCharacter, plan: LikelihoodPlan, limits: Limits
    ) -> None:
        """Take the scores of an earlier run over, if they were measured with the same."""
        embedder = self._sources.embedder.model_id
        made_with = await asyncio.to_thread(
            fingerprint, subject, plan, embedder, limits.model, MOST_QUESTIONS
        )
        async with self._sources.database.read() as session:
            before = await LikelihoodRepository(session).get(self._character_id)
        if before is not None and before.fingerprint == made_with:
            self._scores += [ReplyScore(**each) for each in before.scores or ()]
        self._model, self._made_with = limits.model, made_with

    async def _embed(self, subject: BenchmarkCharacter) -> list[Fold]:
        sources = self._sources
        known = await stored_vectors(
            sources.database, sources.passages, sources.embedder, self._character_id, subject
        )
        lines = [line for scene in subject.scenes for line in scene.lines]
        costs = await PromptCosts.of_engine(self._engine, lines)
        return await asyncio.to_thread(embed, subject, known, self._watched, costs)

    async def _report(self, measuring: asyncio.Task[None]) -> None:
        """Store the progress every second; cancel the measurement once it was stopped."""
        for number in range(1_000_000_000):
            await asyncio.sleep(_REPORT_SECONDS)
            values = self._progress()
            if number % _KEEP_REPORTS == 0:
                values |= self._kept()
            with contextlib.suppress(*DATABASE_ERRORS):
                async with self._sources.database.write() as session:
                    is_current = await LikelihoodRepository(session).report(self._run, **values)
                if not is_current:
                    measuring.cancel()

    def _progress(self) -> dict[str, Any]:
        values: dict[str, Any] = {"done": len(self._scores)}
        if self._total is not None:
            values["total"] = self._total
        if self._engine.scored:
            values["model"] = self._model
            values["seconds_a_score"] = self._engine.seconds / self._engine.scored
        return values

    def _kept(self) -> dict[str, Any]:
        """Return what a later run goes on from; nothing before the earlier scores are read."""
        if self._made_with is None:
            return {}
        scores = [asdict(score) for score in self._scores]
        return {"scores": scores, "fingerprint": self._made_with}

    async def _end(self, **values: Any) -> None:
        async with self._sources.database.write() as session:
            await LikelihoodRepository(session).end(self._run, **self._progress(), **values)


def _failure_of(error: Exception) -> tuple[str, str]:
    """Return the code and the sentence of a failure."""
    match error:
        case ScoringUnsupportedError():
            return "engine_cannot_score", (
                "This engine writes replies but does not say how likely a given one is. The "
                f"embedded engine, llama.cpp's server and vLLM do. It said: {error}"
            )
        case EngineError():
            return describe_engine_error(error)[1].code, str(error)
        case PromptTooLongError():
            return "context_too_long", str(error)
        case EvaluationError():
            return "nothing_to_ask", str(error)
    log.exception("likelihood_failed")
    return "internal", f"{type(error).__name__}: {error}"
