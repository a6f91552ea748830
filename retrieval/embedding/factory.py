"""From the name in the configuration to an embedder."""

from retrieval.embedding.bundled import BundledEmbedder
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Embedder
from retrieval.embedding.sentence_transformers import (
    SentenceTransformerEmbedder,
    SentenceTransformerOptions,
)
from retrieval.errors import UnknownEmbedderError

EMBEDDERS = ("bundled", "hashing", "sentence_transformers:<name or path>")


def create_embedder(
    name: str,
    options: SentenceTransformerOptions = SentenceTransformerOptions(),  # noqa: B008  # frozen
) -> Embedder:
    """Build the embedder called ``name``; loads its weights. ``options`` are for one kind only.

    Raises :class:`~retrieval.errors.UnknownEmbedderError` for a name that is none of
    :data:`EMBEDDERS`, and :class:`~retrieval.errors.EmbedderUnavailableError` when its package
    or weights are missing.
    """
    kind, _, model = name.partition(":")
    if name == "bundled":
        return BundledEmbedder()
    if name == "hashing":
        return HashingEmbedder()
    if kind == "sentence_transformers" and model:
        return SentenceTransformerEmbedder(model, options)
    raise UnknownEmbedderError(f"no embedder {name!r}; there are {', '.join(EMBEDDERS)}")
