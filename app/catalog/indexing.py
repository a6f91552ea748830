"""Builds characters' indexes in the background: scenes -> examples -> vectors -> swap."""

import asyncio
import contextlib
import hashlib
import os
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.finder import ExampleFinder
from app.catalog.jobs import (
    LEASE,
    claim_job,
    finish_job,
    keep_job,
    report_progress,
    request_index,
)
from app.catalog.repository import CharacterRepository, ExampleRepository
from app.catalog.service import speaker_lines
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Character, Script
from app.db.session import Database
from app.observability import Metrics
from app.right_of_way import RightOfWay
from app.scripts.repository import ScriptRepository
from characters.examples import ExampleSet, build_examples
from retrieval.blobs import to_blob
from retrieval.embedding.port import Embedder

log = structlog.get_logger(__name__)

_SIDE_BY_SIDE = 4
"""Jobs that run at once, so that a long one does not keep a short one waiting."""
_BATCH_KEYS = 4
"""Keys one thread embeds at a time: small, so that progress shows and jobs take turns."""
_PATIENCE_SECONDS = 3.0
"""How long a batch gives way to running turns."""
_PROGRESS_SECONDS = 0.5
_OTHERS = 64
"""Other speakers a turn watches for: those most likely to be spoken for."""
_POLL_SECONDS = 2.0
_NICENESS = 19


class _SupersededError(Exception):
    """The job was asked for anew, or its character is gone."""


def default_workers() -> int:
    """One thread a core but one, which is the running chats', and at least one."""
    return max(1, (os.cpu_count() or 2) - 1)


def _be_nice() -> None:
    """Let chats go first: Linux has a priority for every thread."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def hash_key(key: str) -> bytes:
    """SHA-256 of a key's UTF-8: what its vector is stored under."""
    return hashlib.sha256(key.encode()).digest()


class Indexer:
    """Takes up index jobs, its own process's and those of processes that died."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        finder: ExampleFinder,
        metrics: Metrics,
        right_of_way: RightOfWay,
        workers: int | None,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._finder = finder
        self._metrics = metrics
        self._right_of_way = right_of_way
        self._workers = workers or default_workers()
        self._pool = ThreadPoolExecutor(
            self._workers, thread_name_prefix="ingest", initializer=_be_nice
        )
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._main: asyncio.Task[None] | None = None
        self._knows_outdated = False
        self.embed_seconds = 0.0
        """Time the threads have spent inside the embedder."""

    async def start(self) -> None:
        """Begin to work; characters of another embedder are asked for anew first.

        A database that cannot be written to now is asked again later.
        """
        with contextlib.suppress(DBAPIError):
            await self._request_outdated()
        self._main = asyncio.create_task(self._work(), name="indexer")

    def wake(self) -> None:
        """Look for jobs now rather than at the next poll."""
        self._wake.set()

    async def aclose(self) -> None:
        """Stop. Unfinished jobs go on at the next start, with what they have embedded."""
        tasks = [task for task in (self._main, *self._running) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _request_outdated(self) -> None:
        async with self._database.write() as session:
            outdated = await CharacterRepository(session).of_other_embedders(
                self._embedder.model_id
            )
            for character in outdated:
                character.status = "indexing"
                await request_index(session, character.id)
        if outdated:
            log.info(
                "reindexing_for_new_embedder",
                characters=len(outdated),
                embedder=self._embedder.model_id,
            )
        self._knows_outdated = True

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            try:
                if not self._knows_outdated:
                    await self._request_outdated()
                while len(self._running) < _SIDE_BY_SIDE and (job := await self._claim()):
                    task = asyncio.create_task(self._run(*job))
                    self._running.add(task)
                    task.add_done_callback(self._ended)
            except DBAPIError as error:
                log.warning("index_jobs_unreadable", error=str(error.orig))
            # Not wait_for: until Python 3.12 it can swallow the cancellation that ends this loop.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._wake.wait()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()

    async def _claim(self) -> tuple[UUID, int] | None:
        async with self._database.write() as session:
            return await claim_job(session)

    async def _run(self, character_id: UUID, generation: int) -> None:
        lease = asyncio.create_task(self._keep_lease(character_id, generation))
        try:
            await self._build(character_id, generation)
        except _SupersededError:
            log.info("indexing_superseded", character=str(character_id))
        except DBAPIError as error:
            # The lease runs out and the job is taken up again.
            log.warning("indexing_interrupted", character=str(character_id), error=str(error.orig))
        except Exception as error:
            log.exception("indexing_failed", character=str(character_id))
            await self._fail(character_id, generation, f"{type(error).__name__}: {error}")
        finally:
            lease.cancel()

    async def _keep_lease(self, character_id: UUID, generation: int) -> None:
        """Nobody else takes the job up, however long one of its steps takes."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            with contextlib.suppress(DBAPIError):
                async with self._database.write() as session:
                    await keep_job(session, character_id, generation)

    async def _build(self, character_id: UUID, generation: int) -> None:
        started = time.perf_counter()
        character, scripts, examples = await self._cut(character_id)
        if not examples.examples:
            played = ", ".join(character.speakers)
            await self._fail(
                character_id,
                generation,
                f"None of the speakers {played} says a line in the scripts of {character.name}.",
            )
            return
        version = new_id()
        keys = {hash_key(example.key): example.key for example in examples.examples}
        await self._stage(character_id, version, examples)
        await self._embed(character_id, generation, keys)
        await self._swap(character_id, generation, version, scripts, examples)
        self._finder.forget(character_id)
        log.info(
            "indexed",
            character=character.slug,
            examples=len(examples.examples),
            seconds=round(time.perf_counter() - started, 2),
        )

    async def _cut(self, character_id: UUID) -> tuple[Character, list[Script], ExampleSet]:
        async with self._database.read() as session:
            character = await CharacterRepository(session).by_id(character_id)
            if character is None:
                raise _SupersededError
            scripts = list(character.scripts)
            revisions = [script.revision for script in scripts]
            session.expunge_all()
            scenes = [scene async for scene in ScriptRepository(session).stream_scenes(revisions)]
        examples = await asyncio.to_thread(
            build_examples, scenes, character.speakers, character.name
        )
        return character, scripts, examples

    async def _stage(self, character_id: UUID, version: UUID, examples: ExampleSet) -> None:
        rows = [
            {
                "character_id": character_id,
                "version": version,
                "lines": list(example.lines),
                "key": example.key,
                "key_hash": hash_key(example.key),
            }
            for example in examples.examples
        ]
        for start in range(0, len(rows), 1_000):
            async with self._database.write() as session:
                await ExampleRepository(session).add(rows[start : start + 1_000])

    async def _embed(self, character_id: UUID, generation: int, keys: dict[bytes, str]) -> None:
        """Embed what has no vector yet, in batches, storing as they come."""
        async with self._database.read() as session:
            known = await ExampleRepository(session).embedded(list(keys), self._embedder.model_id)
        # Sorted by length: a batch is as slow as its longest text.
        missing = sorted((h for h in keys if h not in known), key=lambda h: len(keys[h]))
        batches = [missing[i : i + _BATCH_KEYS] for i in range(0, len(missing), _BATCH_KEYS)]
        progress = _Progress(self._database, character_id, generation, len(known), len(keys))
        await progress.report()
        pending: set[asyncio.Task[list[tuple[bytes, bytes]]]] = set()
        try:
            while batches or pending:
                while batches and len(pending) < 2 * self._workers:
                    batch = batches.pop(0)
                    texts = [keys[key_hash] for key_hash in batch]
                    pending.add(asyncio.create_task(self._embed_batch(batch, texts)))
                done, pending = await asyncio.wait(
                    pending, timeout=_PROGRESS_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                progress.add([pair for task in done for pair in task.result()])
                await progress.store_if_due(self._embedder.model_id)
        finally:
            for task in pending:
                task.cancel()
        await progress.store(self._embedder.model_id)

    async def _embed_batch(
        self, hashes: Sequence[bytes], texts: list[str]
    ) -> list[tuple[bytes, bytes]]:
        loop = asyncio.get_running_loop()
        vectors, seconds = await loop.run_in_executor(self._pool, self._embed_now, texts)
        self.embed_seconds += seconds
        self._metrics.embedded_keys.inc(len(texts))
        return list(zip(hashes, vectors, strict=True))

    def _embed_now(self, texts: list[str]) -> tuple[list[bytes], float]:
        self._right_of_way.give_way(_PATIENCE_SECONDS)
        started = time.perf_counter()
        vectors = self._embedder.embed_keys(texts)
        return [to_blob(vector) for vector in vectors], time.perf_counter() - started

    async def _swap(
        self,
        character_id: UUID,
        generation: int,
        version: UUID,
        scripts: Sequence[Script],
        examples: ExampleSet,
    ) -> None:
        """The new version becomes the one in use, the others go."""
        async with self._database.write() as session:
            await CharacterRepository(session).lock(character_id)
            if not await finish_job(session, character_id, generation):
                raise _SupersededError
            character = await session.get_one(Character, character_id)
            character.index_version = version
            character.embedder = self._embedder.model_id
            character.status = "ready"
            character.error = None
            character.examples = len(examples.examples)
            # Another upload may have changed them since the character was made.
            spoken = speaker_lines(scripts)
            character.lines = sum(spoken.get(name, 0) for name in character.speakers)
            others = [name for name in spoken if name not in character.speakers]
            character.others = others[:_OTHERS]
            character.dropped = {str(why): n for why, n in examples.count_dropped().items()}
            character.updated_at = utc_now()
            repository = ExampleRepository(session)
            await repository.delete_versions(character_id, keep=version)

    async def _fail(self, character_id: UUID, generation: int, reason: str) -> None:
        """Say why. A character that has a usable index keeps it."""
        async with self._database.write() as session:
            await CharacterRepository(session).lock(character_id)
            if not await finish_job(session, character_id, generation):
                return
            character = await session.get_one(Character, character_id)
            character.error = reason
            if character.embedder != self._embedder.model_id:
                character.status = "failed"
            await ExampleRepository(session).delete_versions(
                character_id, keep=character.index_version
            )


class _Progress:
    """Vectors on their way to the database, and how far the job is."""

    def __init__(
        self, database: Database, character_id: UUID, generation: int, done: int, total: int
    ) -> None:
        self._database = database
        self._job = (character_id, generation)
        self._done = done
        self._total = total
        self._waiting: list[tuple[bytes, bytes]] = []
        self._stored_at = time.monotonic()

    def add(self, vectors: list[tuple[bytes, bytes]]) -> None:
        self._waiting += vectors

    async def store_if_due(self, embedder: str) -> None:
        if time.monotonic() - self._stored_at >= _PROGRESS_SECONDS:
            await self.store(embedder)

    async def store(self, embedder: str) -> None:
        """Store what is waiting and tell how far it is; moves the lease on."""
        async with self._database.write() as session:
            await ExampleRepository(session).add_vectors(embedder, self._waiting)
            self._done += len(self._waiting)
            self._waiting = []
            await self._report(session)
        self._stored_at = time.monotonic()

    async def report(self) -> None:
        async with self._database.write() as session:
            await self._report(session)

    async def _report(self, session: AsyncSession) -> None:
        if not await report_progress(session, *self._job, self._done, self._total):
            raise _SupersededError
