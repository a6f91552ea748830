"""Define the scores and their order that every index must reproduce."""

import numpy as np
from numpy.typing import NDArray

from retrieval.embedding.port import Vectors
from retrieval.vector_index.checks import Ids
from retrieval.vector_index.port import Hit

_BLOCK = 4_096  # rows widened to float64 at a time: 12 MB at 384 dimensions


def cosines(rows: Vectors, query: Vectors) -> NDArray[np.float64]:
    """Return inner products of unit vectors: ``(n, d)`` and ``(d,)`` to ``(n,)``, in [-1, 1].

    Computed row by row in float64: in a BLAS product the rounding of a row depends on its position
    in the matrix, and two equal rows must tie.
    """
    scores = np.empty(len(rows), dtype=np.float64)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK].astype(np.float64)
        scores[start : start + _BLOCK] = (block * query).sum(axis=1)
    return np.clip(scores, -1.0, 1.0)


def ranked(ids: Ids, scores: NDArray[np.float64], k: int) -> list[Hit]:
    """Return the best ``k`` hits, highest score first, ties by the lower id."""
    order = np.lexsort((ids, -scores))[:k]
    return [Hit(id=int(ids[row]), score=float(scores[row])) for row in order]
