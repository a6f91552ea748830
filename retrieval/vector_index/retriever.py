"""Search an index for the examples nearest to a query vector."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from retrieval.embedding.port import Vectors
from retrieval.vector_index.port import Hit, VectorIndex


@dataclass(frozen=True, slots=True)
class IndexHits:
    """Hold the hits of one query, best first."""

    hits: tuple[Hit, ...]
    others: tuple[Hit, ...] = ()
    """Examples requested by id that are not among the hits."""


def retrieve(
    index: VectorIndex,
    query: Vectors,
    k: int,
    also: Sequence[int] = (),
    among: Collection[int] | None = None,
) -> IndexHits:
    """Return the best ``min(k, index.count())`` examples for a query, and the scores of ``also``.

    ``query`` has shape ``(dimension,)``, float32, L2-normalised. ``among`` restricts the result to
    these ids. CPU-bound: run it in a thread. Raises
    :class:`~retrieval.errors.DimensionMismatchError` for a query of another width than the index,
    and :class:`ValueError` when ``k`` is below 1.
    """
    hits = index.search(query, k, among)
    near = {hit.id for hit in hits}
    wanted = [id for id in also if id not in near and (among is None or id in among)]
    others = index.score(query, wanted)
    return IndexHits(tuple(hits), tuple(others))
