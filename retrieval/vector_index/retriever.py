"""A query vector in, ranked examples out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from retrieval.embedding.port import Vectors
from retrieval.vector_index.port import Hit, VectorIndex


@dataclass(frozen=True, slots=True)
class IndexHits:
    """What one query found, best first."""

    hits: tuple[Hit, ...]
    others: tuple[Hit, ...] = ()
    """What was asked for by id and is not among the hits."""


def retrieve(
    index: VectorIndex,
    query: Vectors,
    k: int,
    also: Sequence[int] = (),
    among: Collection[int] | None = None,
) -> IndexHits:
    """The best ``min(k, index.count())`` examples for a query, and the scores of ``also``.

    ``among``: the ids that count, all by default.
    ``query``: shape ``(dimension,)``, float32, L2-normalised. CPU-bound: an event loop calls it
    in a thread. Raises :class:`~retrieval.errors.DimensionMismatchError` when the query's
    embedder and the index do not belong together, and :class:`ValueError` when ``k`` is below 1.
    """
    hits = index.search(query, k, among)
    near = {hit.id for hit in hits}
    wanted = [id for id in also if id not in near and (among is None or id in among)]
    others = index.score(query, wanted)
    return IndexHits(tuple(hits), tuple(others))
