"""Search with FAISS: flat with the results of the exact index, or inverted for large indexes."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np

from retrieval.embedding.port import Vectors
from retrieval.vector_index.checks import Ids, checked_batch, checked_dimension, checked_query
from retrieval.vector_index.inverted import build_inverted
from retrieval.vector_index.port import Hit, SearchQuality
from retrieval.vector_index.scores import cosines, ranked
from retrieval.vector_index.storage import read_vectors, write_vectors

# Bound on the error of FAISS's float32 score of unit vectors; measured 2e-7 at 384 dimensions.
# Candidates within twice this bound of the last wanted one are rescored.
_ROUNDING = 1e-5
_EXTRA_CANDIDATES = 16
_ID_BYTES = 100
"""Bytes of an id in the id map or the cells, in FAISS's table and in a Python set."""

FLAT_BELOW = 100_000
"""Vectors that a flat index searches in at most 8 ms (384 dimensions, one thread)."""


class FaissIndex:
    """Search an ``IndexFlatIP`` or an inverted file.

    See :class:`~retrieval.vector_index.port.VectorIndex`. FAISS finds the candidates; their scores
    and order come from the code of the exact index, so that a flat index agrees with it to the
    last bit, ties included. One thread is used: a query takes less time than waking a second
    thread, and the engine needs the cores.
    """

    def __init__(self, dimension: int, flat_below: int = FLAT_BELOW) -> None:
        """Create an empty index; raise :class:`ValueError` for a dimension below 1.

        With fewer than ``flat_below`` vectors :meth:`optimize` keeps the index flat.
        """
        import faiss  # noqa: PLC0415 - imported only where it is chosen

        self.dimension = checked_dimension(dimension)
        self._faiss: Any = faiss
        self._flat_below = flat_below
        self._index: Any = self._new_flat()
        self._optimized: SearchQuality | None = None
        self._known: set[int] = set()

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        new_ids, new_vectors = checked_batch(
            ids, vectors, dimension=self.dimension, known=self._known
        )
        if not len(new_ids):
            return
        if self._optimized is not None:  # cells and quantiser ranges fit only the vectors so far
            flat = self._new_flat()
            flat.add_with_ids(self._rows(self._ids()), self._ids())
            self._index, self._optimized = flat, None
        self._index.add_with_ids(new_vectors, new_ids)
        self._known.update(new_ids.tolist())

    def remove(self, ids: Sequence[int]) -> int:
        present = self._known.intersection(ids)
        if present:
            self._index.remove_ids(np.array(sorted(present), dtype=np.int64))
            self._known -= present
        return len(present)

    def optimize(self) -> SearchQuality:
        if self._optimized is not None:
            return self._optimized
        flat = SearchQuality("flat", recall=1.0)
        if self.count() < max(1, self._flat_below):
            return flat
        ids = self._ids()
        with self._one_thread():
            built = build_inverted(self._faiss, ids, self._flat_rows())
        if built is None:
            return flat
        self._index = built.index
        self._optimized = SearchQuality("ivf_sq8", built.recall, built.queries)
        return self._optimized

    def search(self, query: Vectors, k: int, among: Collection[int] | None = None) -> list[Hit]:
        vector = checked_query(query, k, dimension=self.dimension)
        allowed = None if among is None else self._present(among)
        wanted = min(k, self.count() if allowed is None else len(allowed))
        if wanted == 0:
            return []
        with self._one_thread():
            candidates = self._candidates(vector, wanted, allowed)
        return ranked(candidates, cosines(self._rows(candidates), vector), wanted)

    def score(self, query: Vectors, ids: Sequence[int]) -> list[Hit]:
        vector = checked_query(query, 1, dimension=self.dimension)
        known = self._present(ids)
        return ranked(known, cosines(self._rows(known), vector), len(known))

    def _candidates(self, query: Vectors, wanted: int, allowed: Ids | None) -> Ids:
        """Return the ids of all vectors that can be among the best ``wanted``, with final ties.

        An inverted index considers the vectors of the visited cells, or of all cells where
        ``allowed`` restricts the ids or the visited cells hold fewer than ``wanted``.
        """
        most = self.count() if allowed is None else len(allowed)
        depth = min(most, wanted + _EXTRA_CANDIDATES)
        everywhere = allowed is not None
        while True:
            options = self._options(allowed, everywhere=everywhere)
            scores, ids = self._index.search(query[np.newaxis], depth, params=options)
            found: Ids = ids[0][ids[0] >= 0]
            if len(found) < wanted:
                everywhere = True
                continue
            clear = scores[0, len(found) - 1] < scores[0, wanted - 1] - 2 * _ROUNDING
            if clear or len(found) < depth or depth == most:
                return found
            depth = min(most, 4 * depth)

    def _options(self, allowed: Ids | None, *, everywhere: bool) -> Any:
        selector = None if allowed is None else self._faiss.IDSelectorBatch(allowed)
        if self._optimized is None:
            return self._faiss.SearchParameters(sel=selector)
        probes = self._index.nlist if everywhere else self._index.nprobe
        return self._faiss.SearchParametersIVF(sel=selector, nprobe=probes)

    def _present(self, ids: Iterable[int]) -> Ids:
        return np.array(sorted(self._known.intersection(ids)), dtype=np.int64)

    def _ids(self) -> Ids:
        """Return all ids; of a flat index in the order of its rows."""
        if self._optimized is not None:
            return self._present(self._known)
        ids: Ids = self._faiss.vector_to_array(self._index.id_map)
        return ids

    def _rows(self, ids: Ids) -> Vectors:
        rows: Vectors = self._index.reconstruct_batch(ids)
        return rows

    def _flat_rows(self) -> Vectors:
        """Return a view of the rows of a flat index."""
        flat = self._faiss.downcast_index(self._index.index)
        values = self._faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * self.dimension)
        rows: Vectors = values.reshape(flat.ntotal, self.dimension)
        return rows

    def _new_flat(self) -> Any:
        return self._faiss.IndexIDMap2(self._faiss.IndexFlatIP(self.dimension))

    def count(self) -> int:
        return len(self._known)

    @property
    def nbytes(self) -> int:
        per_value = 4 if self._optimized is None else 1
        return self.count() * (self.dimension * per_value + _ID_BYTES)

    def save(self, path: Path) -> None:
        ids = self._ids()
        write_vectors(path, ids, self._rows(ids))

    @classmethod
    def load(cls, path: Path) -> Self:
        ids, vectors = read_vectors(path)
        index = cls(vectors.shape[1])
        index.add(ids.tolist(), vectors)
        return index

    @contextmanager
    def _one_thread(self) -> Iterator[None]:
        # The setting belongs to the calling thread, not to the process (OpenMP 5.2, 2.4).
        before = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)
        try:
            yield
        finally:
            self._faiss.omp_set_num_threads(before)
