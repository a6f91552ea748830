"""Embed every text once in a run."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from retrieval.embedding.port import Embedder, Vectors

_BATCH = 16


class EmbeddingCache:
    """Cache vectors by text; missing ones are embedded on access."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, Vectors] = {}

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    @property
    def model_id(self) -> str:
        return self._embedder.model_id

    def embed_all(self, texts: Iterable[str], on_progress: Callable[[int, int], None]) -> None:
        """Embed the missing texts, batched by length; ``on_progress`` gets (done, total)."""
        wanted = {text for text in texts if text not in self._vectors}
        missing = sorted(wanted, key=lambda text: (len(text), text))
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            self._vectors |= zip(batch, self._embedder.embed_keys(batch), strict=True)
            on_progress(start + len(batch), len(missing))

    def embed(self, texts: Sequence[str], on_progress: Callable[[int, int], None]) -> Vectors:
        """Return the vectors of texts, a row each; ``on_progress`` as of :meth:`embed_all`."""
        self.embed_all(texts, on_progress)
        return np.array([self._vectors[text] for text in texts], dtype=np.float32)

    def add(self, vectors: Mapping[str, Vectors]) -> None:
        """Add vectors that were computed before, by text."""
        self._vectors |= vectors

    def __getitem__(self, text: str) -> Vectors:
        if text not in self._vectors:
            self._vectors[text] = self._embedder.embed_queries([text])[0]
        return self._vectors[text]
