"""Create the embedder of the settings: one in this process, or one behind an address."""

from app.search.endpoint_embedder import KIND, EndpointEmbedder
from app.settings import EmbedderSettings
from retrieval.embedding.factory import EMBEDDERS, create_embedder
from retrieval.embedding.port import Embedder
from retrieval.embedding.sentence_transformers import SentenceTransformerOptions
from retrieval.errors import UnknownEmbedderError


def load_embedder(settings: EmbedderSettings, name: str | None = None) -> Embedder:
    """Return the embedder called ``name``, by default that of the settings, ready to use.

    Raises as :func:`~retrieval.embedding.factory.create_embedder` does.
    """
    wanted = name or settings.name
    kind, _, model = wanted.partition(":")
    if kind == KIND and model:
        return EndpointEmbedder(settings, model)
    options = settings.model_dump(include=set(SentenceTransformerOptions.__slots__))
    try:
        return create_embedder(wanted, SentenceTransformerOptions(**options))
    except UnknownEmbedderError as error:
        listed = ", ".join((*EMBEDDERS, f"{KIND}:<model>"))
        raise UnknownEmbedderError(f"no embedder {wanted!r}; there are {listed}") from error
