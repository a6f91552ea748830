"""Embed queries in batches across users, off the event loop, with a bounded queue."""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from cachetools import LRUCache

from app.errors import UnavailableError
from app.settings import EmbedderSettings
from retrieval.embedding.port import Embedder, Vectors

_KEPT_VECTORS = 4_096
"""Texts whose vectors are cached: the lines of a few hundred conversations, 6 MB."""


class QueryEmbedder:
    """Embed the queries of turns.

    Texts that arrive while every worker is busy form the next batch, so a batch waits for its
    worker only: a single text is embedded at once. Vectors are cached, because most lines of a
    conversation are needed again at every turn.
    """

    def __init__(self, embedder: Embedder, settings: EmbedderSettings) -> None:
        self._embedder = embedder
        self._batch = settings.query_batch
        self._most_waiting = settings.query_queue
        self._free = settings.query_workers
        self._pool = ThreadPoolExecutor(settings.query_workers, thread_name_prefix="query")
        self._waiting: deque[tuple[str, asyncio.Future[Vectors]]] = deque()
        self._known = LRUCache[str, Vectors](_KEPT_VECTORS)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors, shape ``(len(texts), dimension)``, float32.

        Raises :class:`~app.errors.UnavailableError` (``embedder_busy``, 503) at once when the
        queue is full.
        """
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if len(self._waiting) + len(missing) > self._most_waiting:
            raise UnavailableError(
                "embedder_busy",
                "Too many messages wait to be understood at the moment. Try again in a second.",
                retry_after=1,
            )
        loop = asyncio.get_running_loop()
        coming = {text: loop.create_future() for text in missing}
        self._waiting.extend(coming.items())
        self._start()
        made = dict(zip(coming, await asyncio.gather(*coming.values()), strict=True))
        rows = [made[text] if text in made else self._known[text] for text in texts]
        self._known.update(zip(texts, rows, strict=True))
        return np.stack(rows) if rows else np.zeros((0, self._embedder.dimension), np.float32)

    def forget(self) -> None:
        """Forget all vectors; texts are embedded again."""
        self._known.clear()

    def close(self) -> None:
        """Start no more batches."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> None:
        """Distribute the waiting texts evenly over the free workers."""
        while self._free and self._waiting:
            share = min(self._batch, -(-len(self._waiting) // self._free))
            batch = [self._waiting.popleft() for _ in range(share)]
            wanted = [(text, future) for text, future in batch if not future.cancelled()]
            if wanted:
                self._free -= 1
                texts = [text for text, _ in wanted]
                loop = asyncio.get_running_loop()
                running = loop.run_in_executor(self._pool, self._embedder.embed_queries, texts)
                running.add_done_callback(partial(self._made, [future for _, future in wanted]))

    def _made(
        self, wanted: list[asyncio.Future[Vectors]], running: asyncio.Future[Vectors]
    ) -> None:
        """Free the worker and resolve the waiting futures, with vectors or the error."""
        self._free += 1
        error = asyncio.CancelledError() if running.cancelled() else running.exception()
        waiting = [(at, future) for at, future in enumerate(wanted) if not future.done()]
        for at, future in waiting:
            if error is None:
                future.set_result(running.result()[at])
            else:
                future.set_exception(error)
        self._start()
