"""Run auditions of adapters: one at a time, between turns, with progress in the database."""

import asyncio
import contextlib
from dataclasses import dataclass

import structlog

from app.adapters.repository import AdapterAuditionRepository, AdapterRepository, Asked
from app.adapters.schemas import AdapterResult
from app.auditions.adapters.between_turns import AdapterEngine
from app.auditions.adapters.held_out import TooFewHeldOutError, held_out_of
from app.auditions.adapters.measuring import AdapterMeasurement, Compared
from app.auditions.likelihood.running import Sources
from app.auditions.measuring import WatchedEmbedder
from app.auditions.subjects import load_subject, stored_vectors
from app.db.base import utc_now
from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.signals import Topic
from app.engines.port import EngineError, ScoringUnsupportedError
from app.errors.failures import describe_engine_error
from app.search.benchmark.errors import EvaluationError
from app.search.repository import IndexedCharacterRepository
from app.search.retriever import Retriever
from app.settings import AdapterSettings
from app.turns.adapters import adapter_of
from characters.prompting import PromptTooLongError

log = structlog.get_logger(__name__)

_REPORT_SECONDS = 1.0
_POLL_SECONDS = 2.0


@dataclass(slots=True)
class Progress:
    """Hold how far an audition is."""

    done: int = 0
    total: int = 0

    def report(self, done: int, total: int) -> None:
        """Take the newest figures."""
        self.done, self.total = done, total


class AdapterAuditionWorker:
    """Measure adapters where it was asked for."""

    def __init__(
        self,
        sources: Sources,
        retriever: Retriever,
        engine: AdapterEngine,
        settings: AdapterSettings,
    ) -> None:
        self._sources = sources
        self._retriever = retriever
        self._engine = engine
        self._settings = settings
        self._wake = asyncio.Event()
        self._main: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start to look for auditions that wait."""
        self._sources.database.signals.subscribe(Topic.AUDITIONS, lambda _: self.wake())
        self._main = asyncio.create_task(self._work(), name="adapter-auditions")

    def wake(self) -> None:
        """Look now rather than at the next poll."""
        self._wake.set()

    async def aclose(self) -> None:
        """Stop. A running audition is then shown as interrupted; one that waits goes on waiting."""
        if self._main is not None:
            self._main.cancel()
            await asyncio.gather(self._main, return_exceptions=True)

    async def run(self, asked: Asked, progress: Progress | None = None) -> None:
        """Run one audition to its end, and store its result or why there is none."""
        progress = progress or Progress()
        this = asyncio.current_task()
        assert this is not None  # noqa: S101 - a coroutine runs in a task
        watched = WatchedEmbedder(self._sources.embedder, self._sources.cpu_gate)
        reporting = asyncio.create_task(self._report(asked, progress, this))
        try:
            in_force, result = await self._measure(asked, watched, progress)
            await self._end(
                asked,
                against=in_force or "",
                result=result.model_dump(mode="json"),
                finished_at=utc_now(),
            )
        except asyncio.CancelledError:
            reporting.cancel()
            watched.stop()
            async with self._sources.database.write() as session:
                await AdapterAuditionRepository(session).interrupt(asked)
            raise
        except Exception as error:
            code, message = _failure_of(error)
            await self._end(asked, error_code=code, error=message)
        finally:
            reporting.cancel()

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            pause = self._sources.database.signals.pause(_POLL_SECONDS)
            try:
                async with self._sources.database.write() as session:
                    asked = await AdapterAuditionRepository(session).claim()
                if asked is not None:
                    await self._follow(asked)
                    continue
            except DATABASE_ERRORS as error:
                log.warning("adapter_auditions_unreadable", error=reason_of(error))
                pause = _POLL_SECONDS
            # Not wait_for: until Python 3.12 it can swallow the cancellation that ends this loop.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _follow(self, asked: Asked) -> None:
        """Run an audition in a task of its own, so that it can be stopped alone."""
        task = asyncio.create_task(self.run(asked), name="adapter-audition")
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            [ended] = await asyncio.gather(task, return_exceptions=True)
        if isinstance(ended, Exception):  # when its lease is over, it is measured anew
            log.warning("adapter_audition_not_stored", error=reason_of(ended))

    async def _measure(
        self, asked: Asked, watched: WatchedEmbedder, progress: Progress
    ) -> tuple[str | None, AdapterResult]:
        """Return what was in force, and how the adapter does beside it."""
        sources = self._sources
        compared = await self._compared(asked)
        measurement = AdapterMeasurement(
            sources, self._engine, self._settings, watched, progress.report
        )
        measurement.vectors.add(
            await stored_vectors(
                sources.database,
                sources.passages,
                sources.embedder,
                asked.character_id,
                compared.subject,
            )
        )
        return compared.in_force, await measurement.measure(compared)

    async def _compared(self, asked: Asked) -> Compared:
        sources, limits = self._sources, await self._engine.engine.limits()
        async with sources.database.read() as session:
            adapter = await AdapterRepository(session).get(asked.adapter_id)
            character = await IndexedCharacterRepository(session).get(asked.character_id)
            if adapter is None or adapter.retired_at is not None or character is None:
                raise EvaluationError("The adapter or the character was deleted meanwhile.")
            name, card = adapter.name, adapter.card
            titles = [script.title for script in character.scripts]
            session.expunge_all()
            subject = await load_subject(
                session, asked.character_id, sources.retrieval.max_query_length
            )
        held_out = await asyncio.to_thread(held_out_of, card, subject, titles)
        held_out.check_enough(subject, self._settings.least_replies)
        return Compared(
            subject=subject,
            aliases=character.aliases,
            mode=(await self._retriever.served(character)).mode,
            held_out=held_out,
            adapter=name,
            in_force=adapter_of(character, limits).adapter,
        )

    async def _report(
        self, asked: Asked, progress: Progress, measuring: asyncio.Task[None]
    ) -> None:
        """Store the progress every second; cancel the audition once it was stopped."""
        while True:
            await asyncio.sleep(_REPORT_SECONDS)
            with contextlib.suppress(*DATABASE_ERRORS):
                async with self._sources.database.write() as session:
                    continues = await AdapterAuditionRepository(session).report(
                        asked, progress.done, progress.total
                    )
                if not continues:
                    measuring.cancel()
                    return

    async def _end(self, asked: Asked, **values: object) -> None:
        async with self._sources.database.write() as session:
            await AdapterAuditionRepository(session).end(asked, **values)


def _failure_of(error: Exception) -> tuple[str, str]:
    """Return the code and the sentence of a failure."""
    match error:
        case ScoringUnsupportedError():
            return "engine_cannot_score", (
                f"This engine does not say how likely a given reply is. It said: {error}"
            )
        case EngineError():
            return describe_engine_error(error)[1].code, str(error)
        case PromptTooLongError():
            return "context_too_long", str(error)
        case TooFewHeldOutError():
            return "too_few_held_out", str(error)
        case EvaluationError():
            return "nothing_to_compare", str(error)
    log.exception("adapter_audition_failed")
    return "internal", f"{type(error).__name__}: {error}"
