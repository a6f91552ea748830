"""Text in, ranked examples out: embed, search, and say how long each took."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.embedding.port import Embedder
from retrieval.errors import DimensionMismatchError
from retrieval.index.port import Hit, VectorIndex


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What one query found, best first, and the seconds it took."""

    hits: tuple[Hit, ...]
    embed_seconds: float
    search_seconds: float
    others: tuple[Hit, ...] = ()
    """What was asked for by id and is not among the hits."""


def retrieve(
    embedder: Embedder, index: VectorIndex, query: str, k: int, also: Sequence[int] = ()
) -> Retrieval:
    """The best ``min(k, index.count())`` examples for a query text, and the scores of ``also``.

    Synchronous and CPU-bound (20 to 100 ms with the bundled embedder): an event loop calls it in
    a thread. Nothing is embedded for an empty index.

    Raises :class:`~retrieval.errors.DimensionMismatchError` when embedder and index do not belong
    together, and :class:`ValueError` when ``k`` is below 1.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    if embedder.dimension != index.dimension:
        raise DimensionMismatchError(
            f"{embedder.model_id} makes vectors of {embedder.dimension} dimensions, "
            f"the index holds {index.dimension}"
        )
    if index.count() == 0:
        return Retrieval(hits=(), embed_seconds=0.0, search_seconds=0.0)
    started = time.perf_counter()
    vector = embedder.embed_query(query)
    embedded = time.perf_counter()
    hits = index.search(vector, k)
    near = {hit.id for hit in hits}
    others = index.score(vector, [id for id in also if id not in near])
    found = time.perf_counter()
    return Retrieval(
        hits=tuple(hits),
        embed_seconds=embedded - started,
        search_seconds=found - embedded,
        others=tuple(others),
    )
