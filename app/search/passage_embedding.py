"""Embed the texts of indexing jobs in batches, resumable and without delaying running chats."""

import asyncio
import contextlib
import hashlib
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.cpu_gate import CpuGate
from app.db.session import Database
from app.observability import Metrics
from app.search.jobs import Job, report_progress
from app.search.repository import ExampleRepository
from retrieval.blobs import from_blob, to_blob
from retrieval.embedding.port import Embedder, Vectors

_PATIENCE_SECONDS = 3.0
"""Longest time a batch yields to running turns."""
_PROGRESS_SECONDS = 0.5
_NICENESS = 19

P = ParamSpec("P")
T = TypeVar("T")


class SupersededError(Exception):
    """The job was requested anew, or its character was deleted."""


def default_workers() -> int:
    """Return the number of threads: the cores less one, left to running chats; at least one."""
    return max(1, (os.cpu_count() or 2) - 1)


def hash_key(key: str) -> bytes:
    """Return the SHA-256 of a passage's UTF-8, which identifies its stored vector."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).digest()


class PassageEmbedder:
    """Embed passages that have no vector yet, and store the vectors as they arrive."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        metrics: Metrics,
        cpu_gate: CpuGate,
        workers: int | None,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._metrics = metrics
        self._cpu_gate = cpu_gate
        self._workers = workers or default_workers()
        self._pool = ThreadPoolExecutor(
            self._workers, thread_name_prefix="ingest", initializer=lower_priority
        )
        self._urgent = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self.embed_seconds = 0.0
        """Seconds that the threads have spent inside the embedder."""

    def close(self) -> None:
        """Wait for running calls and start no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def work(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run another long and low-priority call in one of the threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: call(*args, **kwargs))

    async def embed(self, job: Job, texts: Sequence[str], *, urgent: bool = True) -> None:
        """Ensure that each text has a stored vector.

        Calls that are not ``urgent`` yield to urgent ones. Raises :class:`SupersededError` when
        the job was requested anew.
        """
        keys = {hash_key(text): text for text in texts}
        async with self._database.read() as session:
            known = await ExampleRepository(session).embedded(list(keys), self._embedder.model_id)
        # Sorted by length: a batch is as slow as its longest text.
        missing = sorted((h for h in keys if h not in known), key=lambda h: len(keys[h]))
        size = self._embedder.batch_size
        batches = [missing[i : i + size] for i in range(0, len(missing), size)]
        progress = _Progress(self._database, job, len(known), len(keys))
        await progress.report()
        if urgent:
            self._urgent += 1
            self._calm.clear()
        try:
            await self._embed_all(batches, keys, progress, urgent=urgent)
        finally:
            if urgent:
                self._urgent -= 1
                if not self._urgent:
                    self._calm.set()
        await progress.store(self._embedder.model_id)

    async def _embed_all(
        self,
        batches: list[list[bytes]],
        keys: Mapping[bytes, str],
        progress: "_Progress",
        *,
        urgent: bool,
    ) -> None:
        pending: set[asyncio.Task[list[tuple[bytes, bytes]]]] = set()
        try:
            while batches or pending:
                if not urgent and not pending:
                    await self._calm.wait()
                while (
                    batches and (urgent or self._calm.is_set()) and len(pending) < 2 * self._workers
                ):
                    pending.add(asyncio.create_task(self._embed_batch(batches.pop(0), keys)))
                done, pending = await asyncio.wait(
                    pending, timeout=_PROGRESS_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                progress.add([pair for task in done for pair in task.result()])
                await progress.store_if_due(self._embedder.model_id)
        finally:
            for task in pending:
                task.cancel()

    async def vectors(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Return the stored vectors of these texts, by text."""
        keys = {hash_key(text): text for text in texts}
        async with self._database.read() as session:
            found = await ExampleRepository(session).vectors(list(keys), self._embedder.model_id)
        rows = from_blob(list(found.values()), self._embedder.dimension)
        return {keys[key_hash]: row for key_hash, row in zip(found, rows, strict=True)}

    async def embed_texts(self, texts: list[str]) -> list[bytes]:
        """Return the vectors of a few texts as stored bytes; yields to running turns."""
        vectors, seconds = await self.work(self._embed_now, texts)
        self.embed_seconds += seconds
        self._metrics.embedded_keys.inc(len(texts))
        return vectors

    async def _embed_batch(
        self, hashes: Sequence[bytes], keys: Mapping[bytes, str]
    ) -> list[tuple[bytes, bytes]]:
        vectors = await self.embed_texts([keys[key_hash] for key_hash in hashes])
        return list(zip(hashes, vectors, strict=True))

    def _embed_now(self, texts: list[str]) -> tuple[list[bytes], float]:
        self._cpu_gate.wait_for_turns(_PATIENCE_SECONDS)
        started = time.perf_counter()
        vectors = self._embedder.embed_keys(texts)
        return [to_blob(vector) for vector in vectors], time.perf_counter() - started


def lower_priority() -> None:
    """Lower the priority of the calling thread below that of chats, on Linux."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


class _Progress:
    """Collect vectors to be stored, and report the progress of the job."""

    def __init__(self, database: Database, job: Job, done: int, total: int) -> None:
        self._database = database
        self._job = job
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
        """Store the collected vectors, report progress and renew the lease."""
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
        if not await report_progress(
            session, self._job.character_id, self._job.generation, self._done, self._total
        ):
            raise SupersededError
