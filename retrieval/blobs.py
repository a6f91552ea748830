"""Convert vectors to and from stored bytes, little-endian on every machine."""

from collections.abc import Sequence

import numpy as np

from retrieval.embedding.port import Vectors
from retrieval.errors import DimensionMismatchError

_STORED = np.dtype("<f4")


def to_blob(vector: Vectors) -> bytes:
    """Return one vector, shape ``(d,)``, as ``4 * d`` bytes.

    Raises :class:`~retrieval.errors.DimensionMismatchError` for another shape.
    """
    if vector.ndim != 1:
        raise DimensionMismatchError(f"a blob holds one vector, not shape {vector.shape}")
    return vector.astype(_STORED).tobytes()


def from_blob(blobs: Sequence[bytes], dimension: int) -> Vectors:
    """Return the vectors of ``n`` blobs, shape ``(n, dimension)``, float32.

    Raises :class:`~retrieval.errors.DimensionMismatchError` unless every blob has
    ``4 * dimension`` bytes.
    """
    width = dimension * _STORED.itemsize
    for number, blob in enumerate(blobs):
        if len(blob) != width:
            raise DimensionMismatchError(
                f"vector {number} has {len(blob)} bytes; {dimension} dimensions need {width}"
            )
    vectors = np.frombuffer(b"".join(blobs), dtype=_STORED).reshape(len(blobs), dimension)
    return vectors.astype(np.float32)
