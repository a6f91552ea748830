"""Build characters' indexes in the background: scenes -> examples, replies -> vectors -> swap."""

import asyncio
import contextlib
import time

import structlog
from sqlalchemy.exc import DBAPIError

from app.db.ids import new_id
from app.db.models import Character, Script, StoredReplyIndex
from app.db.scenes import SceneRepository
from app.db.session import Database
from app.errors import UnavailableError
from app.search.index_draft import IndexDraft
from app.search.indexing_progress import SupersededError
from app.search.jobs import (
    LEASE,
    Job,
    claim_job,
    finish_job,
    postpone_job,
    renew_job,
    request_index,
    request_reply_index,
)
from app.search.passage_embedding import PassageEmbedder, hash_key
from app.search.reply_index_builder import ReplyIndexBuilder
from app.search.repository import (
    ExampleRepository,
    IndexedCharacterRepository,
    ReplyIndexRepository,
)
from app.search.retriever import Retriever
from characters.passages.examples import build_examples
from characters.scripts.model import Scene
from characters.signature import signature_line
from retrieval.embedding.port import Embedder

log = structlog.get_logger(__name__)

_SIDE_BY_SIDE = 4
"""Concurrent jobs, so that a long job does not block a short one."""
_POLL_SECONDS = 2.0


class Indexer:
    """Run index jobs, of this process and of processes that died."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        passages: PassageEmbedder,
        reply_indexes: ReplyIndexBuilder,
        retriever: Retriever,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._passages = passages
        self._retriever = retriever
        self._reply_indexes = reply_indexes
        self._wake = asyncio.Event()
        self._running: dict[asyncio.Task[None], Job] = {}
        self._main: asyncio.Task[None] | None = None
        self._knows_outdated = False

    async def start(self) -> None:
        """Start; first request new indexes of characters indexed with another embedder.

        A database that cannot be written to is retried later.
        """
        with contextlib.suppress(DBAPIError):
            await self._request_outdated()
        self._main = asyncio.create_task(self._work(), name="indexer")

    def wake(self) -> None:
        """Claim jobs now rather than at the next poll."""
        self._wake.set()

    async def aclose(self) -> None:
        """Stop. Unfinished jobs resume at the next start with the vectors stored so far."""
        tasks = [task for task in (self._main, *self._running) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._passages.close()

    async def _request_outdated(self) -> None:
        embedder = self._embedder.model_id
        async with self._database.write() as session:
            repository = IndexedCharacterRepository(session)
            outdated = await repository.of_other_embedders(embedder)
            for character in outdated:
                character.status = "indexing"
                await request_index(session, character.id)
            for character in await repository.without_reply_index(embedder):
                if self._reply_indexes.is_wanted(character):
                    await request_reply_index(session, character.id)
        if outdated:
            log.info(
                "reindexing_for_new_embedder",
                characters=len(outdated),
                embedder=embedder,
            )
        self._knows_outdated = True

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            try:
                if not self._knows_outdated:
                    await self._request_outdated()
                while len(self._running) < _SIDE_BY_SIDE and (job := await self._claim()):
                    task = asyncio.create_task(self._run(job))
                    self._running[task] = job
                    task.add_done_callback(self._ended)
            except DBAPIError as error:
                log.warning("index_jobs_unreadable", error=str(error.orig))
            # Not wait_for: until Python 3.12 it can swallow the cancellation that ends this loop.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._wake.wait()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task)
        self._wake.set()

    async def _claim(self) -> Job | None:
        """Claim the job that waits longest; a background job only while no other one runs.

        A user's upload therefore waits neither for reply indexes nor for the samples.
        """
        busy = any(job.background for job in self._running.values())
        async with self._database.write() as session:
            return await claim_job(session, background=not busy)

    async def _run(self, job: Job) -> None:
        lease = asyncio.create_task(self._keep_lease(job))
        try:
            await self._build(job)
        except SupersededError:
            log.info("indexing_superseded", character=str(job.character_id))
        except DBAPIError as error:
            # The lease expires and the job is claimed again.
            log.warning(
                "indexing_interrupted", character=str(job.character_id), error=str(error.orig)
            )
        except UnavailableError as error:
            # So it is where a server embeds, and is away for a while.
            log.warning(
                "indexing_interrupted", character=str(job.character_id), error=error.message
            )
        except Exception as error:
            log.exception("indexing_failed", character=str(job.character_id))
            await self._fail(job, f"{type(error).__name__}: {error}")
        finally:
            lease.cancel()

    async def _keep_lease(self, job: Job) -> None:
        """Renew the lease, so that no other process claims the job during a long step."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            with contextlib.suppress(DBAPIError):
                async with self._database.write() as session:
                    await renew_job(session, job.character_id, job.generation)

    async def _build(self, job: Job) -> None:
        started = time.perf_counter()
        character, scripts, scenes = await self._read(job)
        refining = job.background and self._serves(character)
        if refining:
            reply_index = await self._reply_indexes.build(job, character, scenes)
            await self._publish_reply_index(job, reply_index)
        else:
            await self._index(job, character, scripts, scenes)
        log.info(
            "selection_made" if refining else "indexed",
            character=character.slug,
            seconds=round(time.perf_counter() - started, 2),
        )

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
            await self._fail(
                job,
                f"None of the speakers {played} says a line in the scripts of {character.name}.",
            )
            return
        signature = await asyncio.to_thread(signature_line, scenes, character.speakers)
        draft = IndexDraft(new_id(), self._embedder.model_id, scripts, examples, signature or "")
        await self._stage(job, draft)
        keys = [example.key for example in examples.examples]
        await self._passages.embed(job, keys, urgent=not job.background)
        wanted = self._reply_indexes.is_wanted(character)
        replaces = self._serves(character) and character.reply_index_version is not None
        if wanted and replaces:
            draft.reply_index = await self._reply_indexes.build(job, character, scenes)
        await self._publish(job, draft, more=wanted and not replaces)

    def _serves(self, character: Character) -> bool:
        """Return whether the character has an index that stays in use until the new one is done."""
        usable = character.embedder == self._embedder.model_id
        return usable and character.index_version is not None

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

    async def _stage(self, job: Job, draft: IndexDraft) -> None:
        rows = [
            {
                "character_id": job.character_id,
                "version": draft.version,
                "scene": example.scene,
                "lines": list(example.lines),
                "key": example.key,
                "key_hash": hash_key(example.key),
            }
            for example in draft.examples.examples
        ]
        for start in range(0, len(rows), 1_000):
            async with self._database.write() as session:
                await ExampleRepository(session).add(rows[start : start + 1_000])

    async def _publish(self, job: Job, draft: IndexDraft, *, more: bool) -> None:
        """Put the draft into use and delete the versions before it.

        With ``more``, the job continues in the background with the reply index.
        """
        async with self._database.write() as session:
            await IndexedCharacterRepository(session).lock(job.character_id)
            end = postpone_job if more else finish_job
            if not await end(session, job.character_id, job.generation):
                raise SupersededError
            character = await session.get_one(Character, job.character_id)
            draft.apply_to(character)
            await ReplyIndexRepository(session).replace(job.character_id, draft.reply_index)
            await ExampleRepository(session).delete_versions(job.character_id, keep=draft.version)
        self._retriever.forget(job.character_id)

    async def _publish_reply_index(self, job: Job, reply_index: StoredReplyIndex | None) -> None:
        async with self._database.write() as session:
            await IndexedCharacterRepository(session).lock(job.character_id)
            if not await finish_job(session, job.character_id, job.generation):
                raise SupersededError
            character = await session.get_one(Character, job.character_id)
            character.reply_index_version = reply_index.version if reply_index else None
            await ReplyIndexRepository(session).replace(job.character_id, reply_index)
        self._retriever.forget(job.character_id)

    async def _fail(self, job: Job, reason: str) -> None:
        """Store the reason of the failure. A character that has a usable index keeps it."""
        async with self._database.write() as session:
            await IndexedCharacterRepository(session).lock(job.character_id)
            if not await finish_job(session, job.character_id, job.generation):
                return
            character = await session.get_one(Character, job.character_id)
            character.error = reason
            if character.embedder != self._embedder.model_id:
                character.status = "failed"
            await ExampleRepository(session).delete_versions(
                job.character_id, keep=character.index_version
            )
