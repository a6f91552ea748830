"""Create the kind of index that the configuration names."""

from retrieval.errors import UnknownIndexError
from retrieval.vector_index.exact import ExactIndex
from retrieval.vector_index.faiss import FaissIndex
from retrieval.vector_index.port import VectorIndex

INDEXES: dict[str, type[ExactIndex] | type[FaissIndex]] = {
    "exact": ExactIndex,
    "faiss": FaissIndex,
}


def create_index(kind: str, dimension: int) -> VectorIndex:
    """Return an empty index for vectors of width ``dimension``.

    Raises :class:`~retrieval.errors.UnknownIndexError` for a kind not in :data:`INDEXES`.
    """
    if kind not in INDEXES:
        raise UnknownIndexError(f"no index {kind!r}; there are {', '.join(INDEXES)}")
    return INDEXES[kind](dimension)
