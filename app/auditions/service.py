"""Run auditions: one at a time, in a thread of its own, with progress in the database."""

import asyncio
import contextlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.auditions.measuring import WatchedEmbedder, measure
from app.auditions.repository import AuditionRepository
from app.auditions.schemas import AuditionOut, AuditionResult, AuditionStatus
from app.catalog.service import get_character
from app.cpu_gate import CpuGate
from app.db.base import utc_now
from app.db.models import Audition, Character
from app.db.scenes import SceneRepository
from app.db.session import Database
from app.errors import ConflictError, InvalidError
from app.search.benchmark.corpus import LEAST_REPLIES, BenchmarkCharacter, texts_of
from app.search.benchmark.errors import EvaluationError
from app.search.passage_embedding import PassageEmbedder, lower_priority
from app.search.reply_indexes import embedded_texts, parts_of
from app.search.repository import IndexedCharacterRepository, ReplyIndexRepository
from retrieval.embedding.port import Embedder, Vectors
from retrieval.errors import DamagedIndexError
from retrieval.ranking.weights import Weights

log = structlog.get_logger(__name__)

_REPORT_SECONDS = 1.0


class AuditionService:
    """Measure on request how well a character's examples are retrieved.

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
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._passages = passages
        self._cpu_gate = cpu_gate
        self._weights = weights
        self._pool = ThreadPoolExecutor(
            1, thread_name_prefix="audition", initializer=lower_priority
        )
        self._watched: WatchedEmbedder | None = None
        self._task: asyncio.Task[None] | None = None

    async def show(self, slug: str) -> AuditionOut:
        """Return the progress of the newest audition, and the result of the last finished one."""
        async with self._database.read() as session:
            character = await get_character(session, slug)
            return _present(await AuditionRepository(session).get(character.id))

    async def begin(self, slug: str) -> AuditionOut:
        """Start an audition in the background, unless the character's runs already; return it.

        Raises :class:`~app.errors.InvalidError` (``too_few_lines``) for a character with too few
        lines, and :class:`~app.errors.ConflictError` (``audition_running``) while another
        character's runs.
        """
        async with self._database.write() as session:
            character = await get_character(session, slug)
            _check_enough(character)
            auditions = AuditionRepository(session)
            running = _present(await auditions.get(character.id))
            if running.status == "running":
                return running
            if await auditions.is_any_running():
                raise ConflictError(
                    "audition_running",
                    "Another character's audition runs. Try again when it is over.",
                    retry_after=60,
                )
            begun = _present(await auditions.begin(character.id))
        self._task = asyncio.create_task(self._run(character.id), name="audition")
        return begun

    async def aclose(self) -> None:
        """Stop the running audition, which is then shown as interrupted."""
        if self._watched is not None:
            self._watched.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._pool.shutdown(wait=False, cancel_futures=True)

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
            subject = await _subject(session, character_id)
        known = await self._stored_vectors(character_id, subject)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._pool, measure, subject, known, watched, self._weights
        )

    async def _stored_vectors(
        self, character_id: UUID, subject: BenchmarkCharacter
    ) -> Mapping[str, Vectors]:
        """Return the vectors that indexing has stored, so that only queries must be embedded."""
        texts = await asyncio.to_thread(texts_of, subject)
        known = await self._passages.vectors(texts)
        async with self._database.read() as session:
            stored = await ReplyIndexRepository(session).get(character_id)
        if stored is None or stored.embedder != self._embedder.model_id:
            return known
        with contextlib.suppress(DamagedIndexError):
            known |= await asyncio.to_thread(
                embedded_texts, parts_of(stored), self._embedder.dimension
            )
        return known

    async def _report(self, character_id: UUID, watched: WatchedEmbedder) -> None:
        while True:
            await asyncio.sleep(_REPORT_SECONDS)
            with contextlib.suppress(DBAPIError):
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


def _check_enough(character: Character) -> None:
    if character.lines < LEAST_REPLIES:
        raise InvalidError(
            "too_few_lines",
            f"{character.name} says {character.lines} lines in its scripts; {LEAST_REPLIES} are "
            "needed to hold some out.",
            lines=character.lines,
            least=LEAST_REPLIES,
        )


async def _subject(session: AsyncSession, character_id: UUID) -> BenchmarkCharacter:
    character = await IndexedCharacterRepository(session).get(character_id)
    if character is None:
        raise EvaluationError("The character was deleted meanwhile.")
    revisions = [script.revision for script in character.scripts]
    name, own = character.name, frozenset(character.speakers)
    session.expunge_all()
    scenes = [scene async for scene in SceneRepository(session).stream(revisions)]
    return BenchmarkCharacter(scenes, name, own)


def _present(audition: Audition | None) -> AuditionOut:
    if audition is None:
        return AuditionOut(status="never", progress=None, error=None, finished_at=None, result=None)
    status = _status(audition)
    share = min(1.0, audition.done / audition.total) if audition.total else 0.0
    return AuditionOut(
        status=status,
        progress=round(share, 3) if status == "running" else None,
        error=audition.error,
        finished_at=audition.finished_at,
        result=AuditionResult.model_validate(audition.result) if audition.result else None,
    )


def _status(audition: Audition) -> AuditionStatus:
    if audition.lease_until is not None:
        return "running" if audition.lease_until > utc_now() else "interrupted"
    return "failed" if audition.error else "done"
