"""Embed the texts of indexing jobs in batches, resumable and without delaying running chats."""

import asyncio
import contextlib
import hashlib
import math
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from app.cpu_gate import CpuGate
from app.db.session import Database
from app.observability import Metrics
from app.search.indexing_progress import IndexingProgress
from app.search.jobs import Job
from app.search.repository import ExampleRepository
from app.search.shipped_vectors import ShippedVectors
from retrieval.blobs import from_blob, to_blob
from retrieval.embedding.port import Embedder, Vectors

_PATIENCE_SECONDS = 3.0
"""Longest time a batch yields to running turns."""
_ARRIVAL_SECONDS = 0.5
_NICENESS = 19
_TEXT_CHARACTERS = 150
"""Mean length of the texts of a full batch. Longer ones make smaller batches: a turn that begins
waits for the batches that are under way, about half a second each."""

_GOLDEN_SHARE = 0.618
"""Steps of this share of a range fall evenly over it, however many are taken."""

_NONE_SHIPPED = ShippedVectors({})

P = ParamSpec("P")
T = TypeVar("T")


def default_workers() -> int:
    """Return the number of threads: one for each core that this process may use.

    An idle machine has nothing better to do. Turns come first all the same, see
    :class:`~app.cpu_gate.CpuGate`.
    """
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
        shipped: ShippedVectors = _NONE_SHIPPED,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._metrics = metrics
        self._cpu_gate = cpu_gate
        self._shipped = shipped
        self._workers = workers or default_workers()
        self._pool = ThreadPoolExecutor(
            self._workers, thread_name_prefix="ingest", initializer=lower_priority
        )
        self._beside_turns = threading.Semaphore(max(1, self._workers - 1))
        self._urgent = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self.embed_seconds = 0.0
        """Seconds that the threads have spent inside the embedder."""

    async def aclose(self) -> None:
        """Start no more calls, and wait for the running ones without blocking the event loop."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._pool.shutdown)

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
        known |= await self._take_shipped(keys.keys() - known)
        missing = {h: text for h, text in keys.items() if h not in known}
        progress = IndexingProgress(
            self._database, job, self._embedder.model_id, missing, len(known)
        )
        await progress.report()
        if urgent:
            self._urgent += 1
            self._calm.clear()
        try:
            await self._embed_all(
                cut_batches(missing, self._embedder.batch_size), progress, urgent=urgent
            )
        finally:
            if urgent:
                self._urgent -= 1
                if not self._urgent:
                    self._calm.set()
        await progress.store()

    async def _take_shipped(self, hashes: Set[bytes]) -> set[bytes]:
        """Store the vectors that come with the project, and return their hashes."""
        if not (found := self._shipped.find(hashes)):
            return set()
        async with self._database.write() as session:
            await ExampleRepository(session).add_vectors(self._embedder.model_id, found)
        return {key_hash for key_hash, _ in found}

    async def _embed_all(
        self, batches: list[dict[bytes, str]], progress: IndexingProgress, *, urgent: bool
    ) -> None:
        waiting = deque(batches)
        pending: set[asyncio.Task[list[tuple[bytes, bytes]]]] = set()
        try:
            while waiting or pending:
                # In a loop: once awake, another urgent call may have begun already.
                while not (urgent or pending or self._calm.is_set()):
                    await self._calm.wait()
                while (
                    waiting and (urgent or self._calm.is_set()) and len(pending) < 2 * self._workers
                ):
                    pending.add(asyncio.create_task(self._embed_batch(waiting.popleft())))
                done, pending = await asyncio.wait(
                    pending, timeout=_ARRIVAL_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                progress.add([pair for task in done for pair in task.result()])
                await progress.store_if_due()
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

    async def _embed_batch(self, batch: Mapping[bytes, str]) -> list[tuple[bytes, bytes]]:
        vectors = await self.embed_texts(list(batch.values()))
        return list(zip(batch, vectors, strict=True))

    def _embed_now(self, texts: list[str]) -> tuple[list[bytes], float]:
        """Embed in the calling thread; all threads but one while turns run on the same cores."""
        if self._cpu_gate.wait_for_turns(_PATIENCE_SECONDS):
            return self._timed(texts)
        with self._beside_turns:
            return self._timed(texts)

    def _timed(self, texts: list[str]) -> tuple[list[bytes], float]:
        started = time.perf_counter()
        vectors = self._embedder.embed_keys(texts)
        return [to_blob(vector) for vector in vectors], time.perf_counter() - started


def cut_batches(texts: Mapping[bytes, str], most: int) -> list[dict[bytes, str]]:
    """Return the texts in batches of similar length, at most ``most`` each.

    A batch is as slow as its longest text. The batches come in an order in which the first few
    are as long as the average, so that an estimate from them holds for the rest.
    """
    batches: list[dict[bytes, str]] = []
    characters = 0
    for key_hash, text in sorted(texts.items(), key=lambda item: len(item[1])):
        characters += len(text)
        if not batches or len(batches[-1]) == most or characters > most * _TEXT_CHARACTERS:
            batches.append({})
            characters = len(text)
        batches[-1][key_hash] = text
    step = round(_GOLDEN_SHARE * len(batches))
    while math.gcd(step, len(batches)) > 1:
        step += 1
    return [batches[at * step % len(batches)] for at in range(len(batches))]


def lower_priority() -> None:
    """Lower the priority of the calling thread below that of chats, on Linux."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
