"""Convert vectors to and from stored bytes, little-endian on every machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embedding.port import Vectors
from retrieval.errors import DimensionMismatchError

_STORED = np.dtype("<f4")
_LARGEST = 127
"""Largest magnitude of a component in a signed byte."""


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


@dataclass(frozen=True, slots=True)
class RoundedVectors:
    """Hold unit vectors quantised to one byte a component: a cosine moves by about .0002."""

    rows: NDArray[np.int8]
    """Quantised components, ``(n, d)``."""
    scales: NDArray[np.float32]
    """Factor that restores each row, ``(n,)``."""

    @classmethod
    def of(cls, vectors: Vectors) -> "RoundedVectors":
        """Quantise ``vectors``, shape ``(n, d)``."""
        scales = (np.abs(vectors).max(axis=1, initial=0.0) / _LARGEST).astype(np.float32)
        divisors = np.where(scales > 0.0, scales, np.float32(1.0))
        return cls(np.rint(vectors / divisors[:, None]).astype(np.int8), scales)

    @classmethod
    def joined(cls, pieces: Sequence["RoundedVectors"]) -> "RoundedVectors":
        """Concatenate the pieces, at least one, in order."""
        rows = np.concatenate([piece.rows for piece in pieces])
        return cls(rows, np.concatenate([piece.scales for piece in pieces]))

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, numbers: NDArray[np.integer[Any]]) -> Vectors:
        """Return the rows with these numbers, ``(k, d)``, float32.

        Raises :class:`IndexError` for a number out of range.
        """
        taken: Vectors = self.rows[numbers].astype(np.float32)
        taken *= self.scales[numbers, None]
        return taken

    def dump(self) -> bytes:
        """Return ``n * (4 + d)`` bytes: the scales, then the rows."""
        return self.scales.astype(_STORED).tobytes() + self.rows.tobytes()

    @classmethod
    def load(cls, data: bytes, dimension: int) -> "RoundedVectors":
        """Return read-only vectors over the bytes that :meth:`dump` wrote, without copying them.

        Raises :class:`~retrieval.errors.DimensionMismatchError` unless the bytes are whole rows.
        """
        count, rest = divmod(len(data), _STORED.itemsize + dimension)
        if rest:
            raise DimensionMismatchError(
                f"{len(data)} bytes are no whole number of vectors of {dimension} dimensions"
            )
        scales = np.frombuffer(data, dtype=_STORED, count=count).astype(np.float32, copy=False)
        rows = np.frombuffer(data, dtype=np.int8, offset=scales.nbytes)
        return cls(rows.reshape(count, dimension), scales)
