"""Create the reranker that the configuration names."""

from retrieval.errors import UnknownRerankerError
from retrieval.reranking.cross_encoder import CrossEncoderReranker
from retrieval.reranking.port import Reranker


def create_reranker(name: str) -> Reranker | None:
    """Return the reranker ``name``, ``cross_encoder:<name or path>``; None for ``""``.

    Raises :class:`~retrieval.errors.UnknownRerankerError` for another name, and
    :class:`~retrieval.errors.RerankerUnavailableError` when its package or weights are missing.
    """
    kind, _, model = name.partition(":")
    if not name:
        return None
    if kind == "cross_encoder" and model:
        return CrossEncoderReranker(model)
    raise UnknownRerankerError(f"no reranker {name!r}; there is cross_encoder:<name or path>")
