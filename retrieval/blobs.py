"""Vectors as the database stores them: float32, little-endian, on every machine."""

from collections.abc import Sequence

import numpy as np

from retrieval.embedding.port import Vectors
from retrieval.errors import DimensionMismatchError

_STORED = np.dtype("<f4")


def to_blob(vector: Vectors) -> bytes:
    """One vector, shape ``(d,)``, as ``4 * d`` bytes.

    Raises :class:`~retrieval.errors.DimensionMismatchError` for another shape.
    """
    if vector.ndim != 1:
        raise DimensionMismatchError(f"a blob holds one vector, not shape {vector.shape}")
    return vector.astype(_STORED).tobytes()


def from_blob(blobs: Sequence[bytes], dimension: int) -> Vectors:
    """The vectors of ``n`` blobs, shape ``(n, dimension)``, float32.

    Raises :class:`~retrieval.errors.DimensionMismatchError` when one has another length than
    ``4 * dimension`` bytes.
    """
    width = dimension * _STORED.itemsize
    for place, blob in enumerate(blobs):
        if len(blob) != width:
            raise DimensionMismatchError(
                f"vector {place} has {len(blob)} bytes; {dimension} dimensions need {width}"
            )
    vectors = np.frombuffer(b"".join(blobs), dtype=_STORED).reshape(len(blobs), dimension)
    return vectors.astype(np.float32)


def to_matrix_blob(vectors: Vectors) -> bytes:
    """Many vectors, shape ``(n, d)``, as ``4 * n * d`` bytes, row by row."""
    return vectors.astype(_STORED).tobytes()


def from_matrix_blob(blob: bytes, dimension: int) -> Vectors:
    """What :func:`to_matrix_blob` wrote, shape ``(n, dimension)``, float32; not to be written to.

    Raises :class:`~retrieval.errors.DimensionMismatchError` when it is not whole rows.
    """
    if len(blob) % (dimension * _STORED.itemsize):
        raise DimensionMismatchError(
            f"{len(blob)} bytes are no whole number of vectors of {dimension} dimensions"
        )
    rows = np.frombuffer(blob, dtype=_STORED).reshape(-1, dimension)
    return rows.astype(np.float32, copy=False)
