"""What a vector index promises."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, Self

from retrieval.embedding.port import Vectors


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result: the caller's id and the cosine (higher is better, within [-1, 1])."""

    id: int
    score: float


@dataclass(frozen=True, slots=True)
class SearchQuality:
    """How an index searches, and how well that agrees with comparing every vector."""

    kind: Literal["flat", "ivf_sq8"]
    """``flat``: every vector is compared. ``ivf_sq8``: those of the nearest cells, in 8 bits."""
    recall: float
    """Share of the true best 20 that are found, within [0, 1]; 1 for ``flat``."""
    asked: int = 0
    """Queries that it was measured with, vectors of the index themselves."""


class VectorIndex(Protocol):
    """Exact or approximate nearest neighbours by cosine, over L2-normalised float32 vectors.

    Ids are the caller's: non-negative, below 2**63, unique within an index. Ties in score are
    broken by the lower id, so that two indexes over the same vectors answer alike. Reading is
    safe from several threads at once; writing is not.
    """

    @property
    def dimension(self) -> int:
        """Width of every vector."""
        ...

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors, shape ``(len(ids), dimension)``.

        Raises :class:`~retrieval.errors.DimensionMismatchError` on another shape, and
        :class:`ValueError` for ids that are already there, repeated or out of range, and for
        vectors that are not finite; then nothing was added.
        """
        ...

    def remove(self, ids: Sequence[int]) -> int:
        """Remove ids; unknown ones are ignored. Returns how many were there."""
        ...

    def settle(self) -> SearchQuality:
        """Make searching quick, once all is added; says what that costs in quality.

        A kind that compares every vector has nothing to do. One that does not must agree with
        comparing every vector to a recall@20 of .97, measured on its own vectors, or compare every
        vector as well. Scores may move by the rounding of 8 bits. Adding afterwards undoes it.
        Takes seconds for 100,000 vectors: an event loop calls it in a thread.
        """
        ...

    def search(self, query: Vectors, k: int, among: Collection[int] | None = None) -> list[Hit]:
        """The best ``min(k, count)`` hits for one vector of shape ``(dimension,)``, best first.

        ``among``: the ids that count, all by default; unknown ones are ignored.

        Raises :class:`~retrieval.errors.DimensionMismatchError` on another shape and
        :class:`ValueError` when ``k`` is below 1 or the query is not finite.
        """
        ...

    def score(self, query: Vectors, ids: Sequence[int]) -> list[Hit]:
        """Those of the ids that are here, with the scores and order :meth:`search` would give.

        Raises as :meth:`search` does for a query that is not one.
        """
        ...

    def count(self) -> int:
        """How many vectors are held."""
        ...

    @property
    def nbytes(self) -> int:
        """About how much memory they take."""
        ...

    def save(self, path: Path) -> None:
        """Write the index to one file, replacing it atomically."""
        ...

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what :meth:`save` of any kind of index wrote.

        Raises :class:`~retrieval.errors.DamagedIndexError` for a missing or damaged file.
        """
        ...
