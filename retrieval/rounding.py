"""Round vectors to one signed byte a component, and store them in about half of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embedding.port import Vectors
from retrieval.errors import DamagedIndexError, DimensionMismatchError
from retrieval.sections import is_sections, pack_compressed, unpack_sections

FORMAT = 2
"""Format 1, without a name, was the scales and then the rows; :meth:`RoundedVectors.load` reads
both."""

_SCALE = np.dtype("<f4")
_LARGEST = 127
"""Largest magnitude of a component in a signed byte."""
_STEPS = 4.0
"""Steps of a grid in one standard deviation: about four bits a component once compressed, and
errors of 7 % of a vector's distance from the mean."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Hold where the components of many vectors are rounded to: whole steps from a centre.

    The vectors of an embedder lie in one direction (the mean of the bundled one's has the length
    .9), so that what is stored is their distance from the mean.
    """

    centre: Vectors
    """``(d,)``."""
    step: float

    @classmethod
    def fit(cls, vectors: Vectors) -> "Grid":
        """Return the grid for vectors like these, ``(n, d)`` with ``n`` at least 2."""
        centre = vectors.mean(axis=0, dtype=np.float32)
        spread = float(np.sqrt(np.mean(np.square(vectors - centre))))
        return cls(centre, float(np.float32(max(spread, 1e-6) / _STEPS)))


@dataclass(frozen=True, slots=True)
class RoundedVectors:
    """Hold unit vectors with one byte a component.

    Rounded one by one (:meth:`of`), a cosine moves by about .0002; rounded to a grid (:meth:`on`),
    by 3 % of the spread of cosines, in less than two thirds of the bytes.
    """

    rows: NDArray[np.int8]
    """Quantised components, ``(n, d)``."""
    scales: NDArray[np.float32]
    """Factor that restores each row, ``(n,)``."""
    centre: Vectors
    """What is added to each row, ``(d,)``."""

    @classmethod
    def of(cls, vectors: Vectors) -> "RoundedVectors":
        """Quantise ``vectors``, shape ``(n, d)``, each by its largest component."""
        scales = (np.abs(vectors).max(axis=1, initial=0.0) / _LARGEST).astype(np.float32)
        divisors = np.where(scales > 0.0, scales, np.float32(1.0))
        rows = np.rint(vectors / divisors[:, None]).astype(np.int8)
        return cls(rows, scales, np.zeros(vectors.shape[1], dtype=np.float32))

    @classmethod
    def on(cls, grid: Grid, vectors: Vectors) -> "RoundedVectors":
        """Quantise ``vectors``, shape ``(n, d)``, to a grid; what lies on it stays as it is."""
        steps = np.rint((vectors - grid.centre) / np.float32(grid.step))
        rows = np.clip(steps, -_LARGEST, _LARGEST).astype(np.int8)
        return cls(rows, np.full(len(rows), grid.step, dtype=np.float32), grid.centre)

    @classmethod
    def joined(cls, pieces: Sequence["RoundedVectors"]) -> "RoundedVectors":
        """Concatenate pieces with one centre, at least one, in order."""
        rows = np.concatenate([piece.rows for piece in pieces])
        scales = np.concatenate([piece.scales for piece in pieces])
        return cls(rows, scales, pieces[0].centre)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def grid(self) -> Grid | None:
        """The grid that the vectors were rounded to; None where each was rounded by itself."""
        return Grid(self.centre, float(self.scales[0])) if self.centre.any() else None

    def take(self, numbers: NDArray[np.integer[Any]]) -> Vectors:
        """Return the rows with these numbers, ``(k, d)``, float32.

        Raises :class:`IndexError` for a number out of range.
        """
        taken: Vectors = self.rows[numbers].astype(np.float32)
        taken *= self.scales[numbers, None]
        taken += self.centre
        return taken

    def dump(self) -> bytes:
        """Return the vectors as compressed :mod:`retrieval.sections`."""
        arrays: dict[str, NDArray[Any]] = {
            "rows": self.rows,
            "scales": self.scales,
            "centre": self.centre,
        }
        return pack_compressed({"format": FORMAT}, arrays)

    @classmethod
    def load(cls, data: bytes, dimension: int) -> "RoundedVectors":
        """Return read-only vectors of the bytes that :meth:`dump` wrote, in this format or before.

        Raises :class:`~retrieval.errors.DimensionMismatchError` for vectors of another dimension,
        :class:`~retrieval.errors.DamagedIndexError` for damaged ones.
        """
        if not is_sections(data):
            return cls._load_first(data, dimension)
        stored = unpack_sections(data)
        try:
            if stored.metadata["format"] != FORMAT:
                raise DamagedIndexError(f"vectors of format {stored.metadata['format']}")
            rows, scales, centre = (stored.arrays[name] for name in ("rows", "scales", "centre"))
        except KeyError as error:
            raise DamagedIndexError(f"not rounded vectors: {error!r}") from error
        if rows.shape != (len(scales), dimension) or centre.shape != (dimension,):
            raise DimensionMismatchError(
                f"{rows.shape} components are no vectors of {dimension} dimensions"
            )
        return cls(rows, scales, centre)

    @classmethod
    def _load_first(cls, data: bytes, dimension: int) -> "RoundedVectors":
        count, rest = divmod(len(data), _SCALE.itemsize + dimension)
        if rest:
            raise DimensionMismatchError(
                f"{len(data)} bytes are no whole number of vectors of {dimension} dimensions"
            )
        scales = np.frombuffer(data, dtype=_SCALE, count=count).astype(np.float32, copy=False)
        rows = np.frombuffer(data, dtype=np.int8, offset=scales.nbytes)
        return cls(rows.reshape(count, dimension), scales, np.zeros(dimension, dtype=np.float32))
