"""Embedders that tell what was asked of them."""

import threading
import time
from collections.abc import Sequence

from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Vectors


class WatchedEmbedder:
    """Hashes like the product's own under any model id; counts, and waits where it is told to."""

    batch_size = 4

    def __init__(self, model_id: str = "watched:a", dimension: int = 256) -> None:
        self._hashing = HashingEmbedder(dimension)
        self.dimension = dimension
        self.model_id = model_id
        self.keys: list[str] = []
        """Every key embedded, in order."""
        self.queries: list[str] = []
        self.gate = threading.Event()
        """Closed with ``gate.clear()``: keys wait for it."""
        self.gate.set()
        self.hold: str | None = None
        """Keys are not embedded together with this one until it is None."""
        self.failure: Exception | None = None
        """Raised instead of embedding keys."""

    def embed_keys(self, texts: Sequence[str]) -> Vectors:
        assert self.gate.wait(5)
        while self.hold is not None and self.hold in texts:
            time.sleep(0.005)
        if self.failure is not None:
            raise self.failure
        self.keys += texts
        return self._hashing.embed_keys(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.queries += texts
        return self._hashing.embed_queries(texts)
