"""Build characters' indexes in the background: scenes -> examples, replies -> vectors -> swap."""

import asyncio
import contextlib
import random
import time
from datetime import timedelta
from uuid import UUID

import structlog

from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.ids import new_id
from app.db.models import Character, Script
from app.db.scenes import SceneRepository
from app.db.session import Database
from app.db.signals import SAFETY_SECONDS, Topic
from app.errors import UnavailableError
from app.search.endpoint_embedder import EmbedderRefusedError
from app.search.index_draft import IndexDraft
from app.search.indexing_progress import SupersededError
from app.search.jobs import LEASE, Job, claim_job, renew_job, seconds_to_next_job
from app.search.outdated import OutdatedIndexes
from app.search.passage_embedding import PassageEmbedder
from app.search.publishing import IndexPublisher
from app.search.reply_index_builder import ReplyIndexBuilder
from app.search.repository import ExampleRepository, IndexedCharacterRepository
from app.search.retriever import Retriever
from app.search.space_repository import SpaceRepository
from app.search.spaces import Space
from app.search.staging import discard_examples, stage_examples
from app.settings import RetrievalMode
from characters.passages.examples import build_examples
from characters.scripts.model import Scene
from characters.signature import signature_line
from retrieval.embedding.port import Embedder

log = structlog.get_logger(__name__)

_SIDE_BY_SIDE = 4
"""Concurrent jobs, so that a long job does not block a short one."""
_POLL_SECONDS = 2.0
_AWAY_SECONDS = (30.0, 60.0)
"""Until a job is tried again whose texts a server should embed that is away. Jobs differ, so that
they do not all ask it at the same moment."""
_OVERDUE_SECONDS = 0.1
"""After the end of a lease, before its job is claimed."""


class Indexer:
    """Run index jobs, of this process and of processes that died."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        passages: PassageEmbedder,
        reply_indexes: ReplyIndexBuilder,
        retriever: Retriever,
        default_mode: RetrievalMode,
    ) -> None:
        self._database = database
        self._space = Space.of(embedder.model_id)
        self._publisher = IndexPublisher(database, self._space)
        self._outdated = OutdatedIndexes(database, self._space, default_mode, self.wake)
        self._passages = passages
        self._retriever = retriever
        self._reply_indexes = reply_indexes
        self._wake = asyncio.Event()
        self._running: dict[asyncio.Task[None], Job] = {}
        self._main: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start; first request what characters lack that were indexed in another space."""
        await self._outdated.start()
        self._database.signals.subscribe(Topic.INDEX_JOBS, lambda _: self.wake())
        self._main = asyncio.create_task(self._work(), name="indexer")

    def wake(self) -> None:
        """Claim jobs now rather than at the next poll."""
        self._wake.set()

    async def aclose(self) -> None:
        """Stop. Unfinished jobs resume at the next start with the vectors stored so far."""
        await self._outdated.aclose()
        tasks = [task for task in (self._main, *self._running) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._passages.aclose()

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            pause = _POLL_SECONDS
            try:
                while len(self._running) < _SIDE_BY_SIDE and (job := await self._claim()):
                    task = asyncio.create_task(self._run(job))
                    self._running[task] = job
                    task.add_done_callback(self._ended)
                pause = await self._seconds_to_next()
            except DATABASE_ERRORS as error:
                log.warning("index_jobs_unreadable", error=reason_of(error))
            # Not wait_for: until Python 3.12 it can swallow the cancellation that ends this loop.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _seconds_to_next(self) -> float:
        """Return the seconds until a job may be free that no signal announces."""
        if not self._database.signals.live:
            return _POLL_SECONDS
        async with self._database.read() as session:
            left = await seconds_to_next_job(session)
        if left is None:
            return SAFETY_SECONDS
        return _POLL_SECONDS if left <= 0 else min(SAFETY_SECONDS, left + _OVERDUE_SECONDS)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task)
        self._wake.set()

    async def _claim(self) -> Job | None:
        """Claim the job that waits longest; a background job only while no other one runs.

        A user's upload therefore waits neither for reply indexes nor for the samples.
        """
        busy = any(job.background for job in self._running.values())
        async with self._database.write() as session:
            return await claim_job(session, self._space, background=not busy)

    async def _run(self, job: Job) -> None:
        lease = asyncio.create_task(self._keep_lease(job))
        try:
            await self._build(job)
        except SupersededError:
            log.info("indexing_superseded", character=str(job.character_id))
        except DATABASE_ERRORS as error:
            # The lease expires and the job is claimed again.
            log.warning(
                "indexing_interrupted", character=str(job.character_id), error=reason_of(error)
            )
        except EmbedderRefusedError as error:
            await self._fail(job, error.message)
        except UnavailableError as error:
            # So it is where a server embeds, and is away for a while.
            lease.cancel()
            await self._rest(job)
            log.warning(
                "indexing_interrupted", character=str(job.character_id), error=error.message
            )
        except Exception as error:
            log.exception("indexing_failed", character=str(job.character_id))
            await self._fail(job, f"{type(error).__name__}: {error}")
        finally:
            lease.cancel()

    async def _fail(self, job: Job, reason: str) -> None:
        """Store why the job failed; where that is impossible, it is claimed and fails again."""
        with contextlib.suppress(SupersededError, *DATABASE_ERRORS):
            await self._publisher.fail(job, reason)

    async def _rest(self, job: Job) -> None:
        """Let no process claim the job for a while."""
        pause = timedelta(seconds=random.uniform(*_AWAY_SECONDS))  # noqa: S311 (no secret)
        with contextlib.suppress(*DATABASE_ERRORS):
            async with self._database.write() as session:
                await renew_job(session, job.character_id, job.generation, pause)

    async def _keep_lease(self, job: Job) -> None:
        """Renew the lease, so that no other process claims the job during a long step."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            with contextlib.suppress(*DATABASE_ERRORS):
                async with self._database.write() as session:
                    await renew_job(session, job.character_id, job.generation)

    async def _build(self, job: Job) -> None:
        started = time.perf_counter()
        character, scripts, scenes = await self._read(job)
        refining = job.is_named or (job.background and self._serves(character))
        if refining:
            await self._complete(job, character, scenes)
        else:
            await self._index(job, character, scripts, scenes)
        self._retriever.forget(job.character_id)
        log.info(
            "selection_made" if refining else "indexed",
            character=character.slug,
            seconds=round(time.perf_counter() - started, 2),
        )

    async def _complete(self, job: Job, character: Character, scenes: list[Scene]) -> None:
        """Build what this space lacks of a character that has examples."""
        version = character.index_version
        if version is None:
            await self._publisher.finish(job)
            return
        if not await self._has_embedded(character, version):
            async with self._database.read() as session:
                keys = await ExampleRepository(session).keys(character.id, version)
            await self._passages.embed(job, keys, urgent=False)
            await self._publisher.publish_embedded(job, version)
        if not self._reply_indexes.is_wanted(character):
            await self._publisher.finish(job)
            return
        reply_index = await self._reply_indexes.build(job, character, scenes, version)
        await self._publisher.publish_reply_index(job, version, reply_index)

    async def _has_embedded(self, character: Character, version: UUID) -> bool:
        """Return whether every example of this version has a vector in this space."""
        if character.embedder == self._space.embedder:
            return True
        async with self._database.read() as session:
            stored = await SpaceRepository(session, self._space).versions(character.id)
        return stored.examples == version

    async def _index(
        self, job: Job, character: Character, scripts: list[Script], scenes: list[Scene]
    ) -> None:
        """Index a character's examples, and its replies where the character is in use already.

        With examples alone a character can answer, so the first reply index is left to the
        background. A character that has one keeps its old index until both are complete.
        """
        examples = await asyncio.to_thread(
            build_examples, scenes, character.speakers, character.name
        )
        if scripts and not examples.examples:
            played = ", ".join(character.speakers)
            await self._publisher.fail(
                job,
                f"None of the speakers {played} says a line in the scripts of {character.name}.",
            )
            return
        signature = await asyncio.to_thread(signature_line, scenes, character.speakers)
        draft = IndexDraft(new_id(), self._space.embedder, scripts, examples, signature or "")
        await stage_examples(self._database, job.character_id, draft)
        try:
            await self._publish(job, character, scenes, draft)
        except UnavailableError:
            # The next try builds a version of its own.
            with contextlib.suppress(*DATABASE_ERRORS):
                await discard_examples(self._database, job.character_id, draft)
            raise

    async def _publish(
        self, job: Job, character: Character, scenes: list[Scene], draft: IndexDraft
    ) -> None:
        """Embed what the draft needs, and put it into use."""
        keys = [example.key for example in draft.examples.examples]
        await self._passages.embed(job, keys, urgent=not job.background)
        wanted = self._reply_indexes.is_wanted(character)
        # In this space: the character may have been indexed last by a process of another one.
        replaces = await self._has_reply_index(character)
        if wanted and replaces:
            draft.reply_index = await self._reply_indexes.build(
                job, character, scenes, draft.version
            )
        await self._publisher.publish(job, draft, more=wanted and not replaces)

    def _serves(self, character: Character) -> bool:
        """Return whether the character has an index that stays in use until the new one is done."""
        usable = character.embedder == self._space.embedder
        return usable and character.index_version is not None

    async def _has_reply_index(self, character: Character) -> bool:
        async with self._database.read() as session:
            stored = await SpaceRepository(session, self._space).versions(character.id)
        return stored.replies is not None

    async def _read(self, job: Job) -> tuple[Character, list[Script], list[Scene]]:
        async with self._database.read() as session:
            character = await IndexedCharacterRepository(session).get(job.character_id)
            if character is None:
                raise SupersededError
            scripts = list(character.scripts)
            revisions = [script.revision for script in scripts]
            session.expunge_all()
            scenes = [scene async for scene in SceneRepository(session).stream(revisions)]
        return character, scripts, scenes
