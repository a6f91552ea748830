"""Vectors as the database stores them: little-endian, on every machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embedding.port import Vectors
from retrieval.errors import DimensionMismatchError

_STORED = np.dtype("<f4")
_LARGEST = 127
"""Of what a byte holds."""


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


@dataclass(frozen=True, slots=True)
class RoundedVectors:
    """Many unit vectors, each component in a byte: a cosine moves by about .0002."""

    rows: NDArray[np.int8]
    """``(n, d)``."""
    scales: NDArray[np.float32]
    """What each row is to be multiplied with, ``(n,)``."""

    @classmethod
    def of(cls, vectors: Vectors) -> "RoundedVectors":
        """``vectors``: ``(n, d)``."""
        scales = (np.abs(vectors).max(axis=1, initial=0.0) / _LARGEST).astype(np.float32)
        divisors = np.where(scales > 0.0, scales, np.float32(1.0))
        return cls(np.rint(vectors / divisors[:, None]).astype(np.int8), scales)

    @classmethod
    def joined(cls, pieces: Sequence["RoundedVectors"]) -> "RoundedVectors":
        """All of them, one after the other; there is at least one."""
        rows = np.concatenate([piece.rows for piece in pieces])
        return cls(rows, np.concatenate([piece.scales for piece in pieces]))

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, numbers: NDArray[np.integer[Any]]) -> Vectors:
        """The vectors of these numbers, ``(k, d)``, float32. Raises :class:`IndexError`."""
        taken: Vectors = self.rows[numbers].astype(np.float32)
        taken *= self.scales[numbers, None]
        return taken

    def dump(self) -> bytes:
        """``n * (4 + d)`` bytes: the scales, then the rows."""
        return self.scales.astype(_STORED).tobytes() + self.rows.tobytes()

    @classmethod
    def load(cls, data: bytes, dimension: int) -> "RoundedVectors":
        """What :meth:`dump` wrote, without copying it; not to be written to.

        Raises :class:`~retrieval.errors.DimensionMismatchError` when it is not whole rows.
        """
        count, rest = divmod(len(data), _STORED.itemsize + dimension)
        if rest:
            raise DimensionMismatchError(
                f"{len(data)} bytes are no whole number of vectors of {dimension} dimensions"
            )
        scales = np.frombuffer(data, dtype=_STORED, count=count).astype(np.float32, copy=False)
        rows = np.frombuffer(data, dtype=np.int8, offset=scales.nbytes)
        return cls(rows.reshape(count, dimension), scales)
