"""Create the embedder that the configuration names."""

from retrieval.embedding.bundled import BundledEmbedder
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Embedder
from retrieval.embedding.sentence_transformers import (
    SentenceTransformerEmbedder,
    SentenceTransformerOptions,
)
from retrieval.errors import UnknownEmbedderError

EMBEDDERS = ("bundled", "hashing", "hashing:<dimension>", "sentence_transformers:<name or path>")


def create_embedder(
    name: str,
    options: SentenceTransformerOptions = SentenceTransformerOptions(),  # noqa: B008  # frozen
) -> Embedder:
    """Return the embedder called ``name``, weights loaded.

    ``options`` apply to ``sentence_transformers`` only. Raises
    :class:`~retrieval.errors.UnknownEmbedderError` for a name not in :data:`EMBEDDERS`, and
    :class:`~retrieval.errors.EmbedderUnavailableError` when its package or weights are missing.
    """
    kind, _, model = name.partition(":")
    if name == "bundled":
        return BundledEmbedder()
    if name == "hashing":
        return HashingEmbedder()
    if kind == "hashing" and model.isascii() and model.isdigit() and int(model):
        return HashingEmbedder(int(model))
    if kind == "sentence_transformers" and model:
        return SentenceTransformerEmbedder(model, options)
    raise UnknownEmbedderError(f"no embedder {name!r}; there are {', '.join(EMBEDDERS)}")
