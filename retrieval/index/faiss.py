"""FAISS, flat: the same answers as the exact index, faster."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np

from retrieval.embedding.port import Vectors
from retrieval.index.checks import Ids, checked_batch, checked_dimension, checked_query
from retrieval.index.port import Hit
from retrieval.index.ranking import cosines, ranked
from retrieval.index.storage import read_vectors, write_vectors

# How far FAISS's float32 score of unit vectors may lie from the true one; measured 2e-7 at 384
# dimensions. Candidates within twice this of the last wanted one are scored anew.
_ROUNDING = 1e-5
_EXTRA_CANDIDATES = 16


class FaissIndex:
    """``IndexIDMap2`` over ``IndexFlatIP``; see :class:`~retrieval.index.port.VectorIndex`.

    FAISS finds the candidates; their scores and order come from the code that the exact index
    uses, so the two agree to the last bit, ties included. Searching uses one thread: a query
    takes less time than waking a second one, and the engine needs its cores.
    """

    def __init__(self, dimension: int) -> None:
        """Make an empty index; :class:`ValueError` for a dimension below 1."""
        import faiss  # noqa: PLC0415 - imported only where it is chosen

        self.dimension = checked_dimension(dimension)
        self._faiss: Any = faiss
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._known: set[int] = set()

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        new_ids, new_vectors = checked_batch(
            ids, vectors, dimension=self.dimension, known=self._known
        )
        if len(new_ids):
            self._index.add_with_ids(new_vectors, new_ids)
            self._known.update(new_ids.tolist())

    def remove(self, ids: Sequence[int]) -> int:
        present = self._known.intersection(ids)
        if present:
            self._index.remove_ids(np.array(sorted(present), dtype=np.int64))
            self._known -= present
        return len(present)

    def search(self, query: Vectors, k: int) -> list[Hit]:
        vector = checked_query(query, k, dimension=self.dimension)
        wanted = min(k, self.count())
        if wanted == 0:
            return []
        with self._one_thread():
            candidates = self._candidates(vector, wanted)
            rows = self._index.reconstruct_batch(candidates)
        return ranked(candidates, cosines(rows, vector), wanted)

    def score(self, query: Vectors, ids: Sequence[int]) -> list[Hit]:
        vector = checked_query(query, 1, dimension=self.dimension)
        known = np.array(sorted(self._known.intersection(ids)), dtype=np.int64)
        if not len(known):
            return []
        return ranked(known, cosines(self._index.reconstruct_batch(known), vector), len(known))

    def _candidates(self, query: Vectors, wanted: int) -> Ids:
        """Ids of all vectors that can be among the best ``wanted``, ties at the end included."""
        depth = min(self.count(), wanted + _EXTRA_CANDIDATES)
        while True:
            scores, ids = self._index.search(query[np.newaxis], depth)
            clear = scores[0, -1] < scores[0, wanted - 1] - 2 * _ROUNDING
            if clear or depth == self.count():
                found: Ids = ids[0]
                return found
            depth = min(self.count(), 4 * depth)

    def count(self) -> int:
        return len(self._known)

    def save(self, path: Path) -> None:
        ids: Ids = self._faiss.vector_to_array(self._index.id_map)
        # From the flat index below the id map: rows lie there in the order of id_map.
        flat = self._faiss.downcast_index(self._index.index)
        write_vectors(path, ids, flat.reconstruct_n(0, len(ids)))

    @classmethod
    def load(cls, path: Path) -> Self:
        ids, vectors = read_vectors(path)
        index = cls(vectors.shape[1])
        index.add(ids.tolist(), vectors)
        return index

    @contextmanager
    def _one_thread(self) -> Iterator[None]:
        # The number is a property of the calling thread, not of the process (OpenMP 5.2, 2.4).
        before = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)
        try:
            yield
        finally:
            self._faiss.omp_set_num_threads(before)
