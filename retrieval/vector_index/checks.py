"""Validate the arguments of all index kinds, so that they raise alike."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.embedding.port import Vectors
from retrieval.errors import DimensionMismatchError

Ids = NDArray[np.int64]
_ID_LIMIT = 2**63


def checked_batch(
    ids: Sequence[int], vectors: Vectors, *, dimension: int, known: Collection[int]
) -> tuple[Ids, Vectors]:
    """Return ids (int64) and vectors (float32, C-contiguous) that may be added to ``known``.

    Raises :class:`~retrieval.errors.DimensionMismatchError` unless ``vectors`` has the shape
    ``(len(ids), dimension)``; :class:`ValueError` for an id that is out of range or already
    known, and for vectors with NaN or infinity, which would win or lose every comparison.
    """
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if rows.shape != (len(ids), dimension):
        raise DimensionMismatchError(
            f"{len(ids)} ids need vectors of shape ({len(ids)}, {dimension}), not {rows.shape}"
        )
    if not np.isfinite(rows).all():
        raise ValueError("vectors must be finite")
    added = {int(each) for each in ids}
    if len(added) != len(ids):
        raise ValueError("an id occurs twice")
    if outside := [each for each in added if not 0 <= each < _ID_LIMIT]:
        raise ValueError(f"ids must be from 0 to 2**63 - 1: {outside[:5]}")
    if present := [each for each in added if each in known]:
        raise ValueError(f"ids are already in the index: {sorted(present)[:5]}")
    return np.array([int(each) for each in ids], dtype=np.int64), rows


def checked_query(query: Vectors, k: int, *, dimension: int) -> Vectors:
    """Return the query as float32.

    Raises :class:`~retrieval.errors.DimensionMismatchError` unless its shape is
    ``(dimension,)``, and :class:`ValueError` when it is not finite or ``k`` is below 1.
    """
    vector = np.ascontiguousarray(query, dtype=np.float32)
    if vector.shape != (dimension,):
        raise DimensionMismatchError(
            f"the query must have the shape ({dimension},), not {vector.shape}"
        )
    if not np.isfinite(vector).all():
        raise ValueError("the query must be finite")
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    return vector


def checked_dimension(dimension: int) -> int:
    """Return ``dimension``; raise :class:`ValueError` below 1."""
    if dimension < 1:
        raise ValueError(f"dimension must be at least 1, not {dimension}")
    return dimension
