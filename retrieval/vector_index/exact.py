"""Search by brute force in NumPy, the reference that other indexes must agree with."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from retrieval.embedding.port import Vectors
from retrieval.vector_index.checks import checked_batch, checked_dimension, checked_query
from retrieval.vector_index.port import Hit, SearchQuality
from retrieval.vector_index.scores import cosines, ranked
from retrieval.vector_index.storage import read_vectors, write_vectors


class ExactIndex:
    """Compare the query with every vector.

    See :class:`~retrieval.vector_index.port.VectorIndex`.
    """

    def __init__(self, dimension: int) -> None:
        """Create an empty index; raise :class:`ValueError` for a dimension below 1."""
        self.dimension = checked_dimension(dimension)
        self._ids = np.zeros(0, dtype=np.int64)
        self._vectors: Vectors = np.zeros((0, dimension), dtype=np.float32)

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        new_ids, new_vectors = checked_batch(
            ids, vectors, dimension=self.dimension, known=set(self._ids.tolist())
        )
        self._ids = np.concatenate([self._ids, new_ids])
        self._vectors = np.concatenate([self._vectors, new_vectors])

    def remove(self, ids: Sequence[int]) -> int:
        unwanted = set(ids)
        kept = np.array([each not in unwanted for each in self._ids.tolist()], dtype=bool)
        self._ids, self._vectors = self._ids[kept], self._vectors[kept]
        return int(np.count_nonzero(~kept))

    def optimize(self) -> SearchQuality:
        return SearchQuality("flat", recall=1.0)

    def search(self, query: Vectors, k: int, among: Collection[int] | None = None) -> list[Hit]:
        vector = checked_query(query, k, dimension=self.dimension)
        if among is not None:
            return self.score(vector, list(among))[:k]
        return ranked(self._ids, cosines(self._vectors, vector), k)

    def score(self, query: Vectors, ids: Sequence[int]) -> list[Hit]:
        vector = checked_query(query, 1, dimension=self.dimension)
        wanted = np.isin(self._ids, list(ids))
        return ranked(self._ids[wanted], cosines(self._vectors[wanted], vector), len(ids))

    def count(self) -> int:
        return len(self._ids)

    @property
    def nbytes(self) -> int:
        return self._vectors.nbytes + self._ids.nbytes

    def save(self, path: Path) -> None:
        write_vectors(path, self._ids, self._vectors)

    @classmethod
    def load(cls, path: Path) -> Self:
        ids, vectors = read_vectors(path)
        index = cls(vectors.shape[1])
        index.add(ids.tolist(), vectors)
        return index
