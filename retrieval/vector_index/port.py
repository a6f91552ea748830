"""Define the contract of a vector index."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, Self

from retrieval.embedding.port import Vectors


@dataclass(frozen=True, slots=True)
class Hit:
    """Hold one search result: the caller's id and the cosine, within [-1, 1]."""

    id: int
    score: float


@dataclass(frozen=True, slots=True)
class SearchQuality:
    """Hold how an index searches, and its recall against comparing every vector."""

    kind: Literal["flat", "ivf_sq8"]
    """``flat`` compares every vector, ``ivf_sq8`` the vectors of the nearest cells, in 8 bits."""
    recall: float
    """Share of the true best 20 that are found, within [0, 1]; 1 for ``flat``."""
    queries: int = 0
    """Number of queries, vectors of the index, that the recall was measured with."""


class VectorIndex(Protocol):
    """Find nearest neighbours by cosine, exact or approximate, of L2-normalised float32 vectors.

    Ids are chosen by the caller: non-negative, below 2**63, unique within an index. Ties in score
    are broken by the lower id, so that indexes over the same vectors agree. Reading is safe from
    several threads at once; writing is not.
    """

    @property
    def dimension(self) -> int:
        """Width of every vector."""
        ...

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors, shape ``(len(ids), dimension)``.

        Raises :class:`~retrieval.errors.DimensionMismatchError` for another shape, and
        :class:`ValueError` for ids that are known, repeated or out of range, and for vectors that
        are not finite; then none was added.
        """
        ...

    def remove(self, ids: Sequence[int]) -> int:
        """Remove ids; unknown ones are ignored. Returns how many were removed."""
        ...

    def optimize(self) -> SearchQuality:
        """Optimise for searching once all vectors are added; return the resulting quality.

        A kind that compares every vector changes nothing. An approximate kind must reach a
        recall@20 of .97, measured on its own vectors, or compare every vector instead. Scores may
        move by the rounding of 8 bits. Adding afterwards undoes it. Takes seconds for 100,000
        vectors: run it in a thread.
        """
        ...

    def search(self, query: Vectors, k: int, among: Collection[int] | None = None) -> list[Hit]:
        """Return the best ``min(k, count)`` hits for a vector of shape ``(dimension,)``.

        Hits are ordered best first. ``among`` restricts them to these ids; unknown ones are
        ignored.

        Raises :class:`~retrieval.errors.DimensionMismatchError` for another shape and
        :class:`ValueError` when ``k`` is below 1 or the query is not finite.
        """
        ...

    def score(self, query: Vectors, ids: Sequence[int]) -> list[Hit]:
        """Return the known ones of the ids, with the scores and order of :meth:`search`.

        Raises as :meth:`search` does for an invalid query.
        """
        ...

    def count(self) -> int:
        """Return the number of vectors."""
        ...

    @property
    def nbytes(self) -> int:
        """Approximate memory in bytes."""
        ...

    def save(self, path: Path) -> None:
        """Write the index to one file, replacing it atomically."""
        ...

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the index that :meth:`save` of any kind of index wrote.

        Raises :class:`~retrieval.errors.DamagedIndexError` for a missing or damaged file.
        """
        ...
