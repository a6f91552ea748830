"""Run auditions: one at a time, in a thread of its own, with progress in the database."""

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import structlog

from app.auditions.measuring import WatchedEmbedder, measure, sample
from app.auditions.repository import AuditionRepository
from app.auditions.schemas import AuditionResult
from app.auditions.subjects import load_subject, stored_vectors
from app.cpu_gate import CpuGate
from app.db.base import utc_now
from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.session import Database
from app.db.signals import Topic
from app.engines.port import ChatEngine, EngineError
from app.search.benchmark.corpus import BenchmarkCharacter
from app.search.benchmark.costs import PromptCosts
from app.search.benchmark.errors import EvaluationError
from app.search.passage_embedding import PassageEmbedder, lower_priority
from retrieval.embedding.port import Embedder
from retrieval.ranking.weights import Weights

log = structlog.get_logger(__name__)

_REPORT_SECONDS = 1.0
_POLL_SECONDS = 2.0


class AuditionWorker:
    """Measure how well a character's examples are retrieved, where it was asked for.

    The thread is not one of indexing's: with a single one of those, an upload would wait for
    minutes.
    """

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        passages: PassageEmbedder,
        cpu_gate: CpuGate,
        weights: Weights,
        engine: ChatEngine,
        query_length: int,
    ) -> None:
        """Measure with the engine's tokenizer, and with queries of the service's length."""
        self._database = database
        self._embedder = embedder
        self._passages = passages
        self._cpu_gate = cpu_gate
        self._weights = weights
        self._engine = engine
        self._query_length = query_length
        self._pool = ThreadPoolExecutor(
            1, thread_name_prefix="audition", initializer=lower_priority
        )
        self._watched: WatchedEmbedder | None = None
        self._wake = asyncio.Event()
        self._main: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start to look for auditions that wait."""
        self._database.signals.subscribe(Topic.AUDITIONS, lambda _: self.wake())
        self._main = asyncio.create_task(self._work(), name="auditions")

    def wake(self) -> None:
        """Look now rather than at the next poll."""
        self._wake.set()

    async def aclose(self) -> None:
        """Stop. A running audition is then shown as interrupted; one that waits goes on waiting."""
        if self._watched is not None:
            self._watched.stop()
        if self._main is not None:
            self._main.cancel()
            await asyncio.gather(self._main, return_exceptions=True)
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            pause = self._database.signals.pause(_POLL_SECONDS)
            try:
                async with self._database.write() as session:
                    character_id = await AuditionRepository(session).claim()
                if character_id is not None:
                    await self._run(character_id)
                    continue
            except DATABASE_ERRORS as error:
                log.warning("auditions_unreadable", error=reason_of(error))
                pause = _POLL_SECONDS
            # Not wait_for: until Python 3.12 it can swallow the cancellation that ends this loop.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _run(self, character_id: UUID) -> None:
        self._watched = WatchedEmbedder(self._embedder, self._cpu_gate)
        reporting = asyncio.create_task(self._report(character_id, self._watched))
        try:
            result = await self._measure(character_id, self._watched)
            await self._end(character_id, result=result)
        except EvaluationError as error:
            await self._end(character_id, error=str(error))
        except Exception as error:
            log.exception("audition_failed", character=str(character_id))
            await self._end(character_id, error=f"{type(error).__name__}: {error}")
        except asyncio.CancelledError:
            async with self._database.write() as session:
                await AuditionRepository(session).release(character_id)
            raise
        finally:
            reporting.cancel()

    async def _measure(self, character_id: UUID, watched: WatchedEmbedder) -> AuditionResult:
        async with self._database.read() as session:
            subject = await load_subject(session, character_id, self._query_length)
        costs = await self._costs(subject)
        known = await stored_vectors(
            self._database, self._passages, self._embedder, character_id, subject
        )
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._pool, measure, subject, known, watched, self._weights, costs
        )

    async def _costs(self, subject: BenchmarkCharacter) -> PromptCosts:
        """Return the tokens of the lines by the engine's count, or by estimate while it is away."""
        lines = [line for scene in sample(subject).scenes for line in scene.lines]
        try:
            return await PromptCosts.of_engine(self._engine, lines)
        except EngineError as error:
            log.warning("audition_estimates_tokens", reason=str(error))
            return PromptCosts()

    async def _report(self, character_id: UUID, watched: WatchedEmbedder) -> None:
        while True:
            await asyncio.sleep(_REPORT_SECONDS)
            with contextlib.suppress(*DATABASE_ERRORS):
                async with self._database.write() as session:
                    await AuditionRepository(session).report(
                        character_id, watched.done, watched.expected
                    )

    async def _end(
        self, character_id: UUID, *, result: AuditionResult | None = None, error: str | None = None
    ) -> None:
        async with self._database.write() as session:
            audition = await AuditionRepository(session).get(character_id)
            if audition is None:  # the character was deleted meanwhile
                return
            audition.lease_until = None
            audition.error = error
            if result is not None:
                audition.result = result.model_dump(mode="json")
                audition.finished_at = utc_now()
