"""Any sentence-transformers model, for those who have the weights and the memory."""

import re
import threading
from collections.abc import Sequence

import numpy as np

from retrieval.embedding.port import Vectors
from retrieval.embedding.wellformed import well_formed
from retrieval.errors import EmbedderUnavailableError

# "e5-large-v2", "multilingual-e5-small", but not "e5-mistral-7b-instruct", which takes
# instructions in place of prefixes.
_E5 = re.compile(r"(?:^|[-_])e5(?:[-_](?!.*instruct)|$)", re.IGNORECASE)


class SentenceTransformerEmbedder:
    """A model from a local directory or, when it is not there, from a model hub.

    Keys and queries are embedded alike. E5 models get ``passage: `` on both sides, as in
    :class:`~retrieval.embedding.bundled.BundledEmbedder`; others get nothing: the query
    instruction of the bge models is for a short question that looks for a passage, and the
    reference (bge-large-zh-v1.5) does not use it. A prompt in the model's own configuration is
    overridden, for the same reason.

    A text longer than the model's ``max_seq_length`` loses its end; nothing here makes windows.
    Calls wait for each other: a fast tokenizer must not be used by two threads at once ("Already
    borrowed"), and torch is parallel inside one call.
    """

    def __init__(self, name_or_path: str, *, batch_size: int = 32) -> None:
        """Load the model, which may download it.

        The hub's own settings apply: where there is no network, ``HF_HUB_OFFLINE=1`` spares a
        minute of retries.

        Raises :class:`~retrieval.errors.EmbedderUnavailableError` when the package is missing or
        the model cannot be found or loaded.
        """
        try:
            # Imported only where it is chosen: it brings torch.
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415
        except ImportError as error:
            raise EmbedderUnavailableError(
                f"sentence_transformers:{name_or_path} needs the package sentence-transformers: "
                "pip install 'offbook[sentence-transformers]'"
            ) from error
        try:
            self._model = SentenceTransformer(name_or_path)
        except (OSError, ValueError, RuntimeError) as error:
            raise EmbedderUnavailableError(
                f"the model {name_or_path!r} cannot be loaded: it is neither a directory with a "
                f"sentence-transformers model, nor in the local cache, nor could it be fetched "
                f"from the model hub ({error})"
            ) from error
        self.model_id = f"sentence_transformers:{name_or_path}"
        self._batch_size = batch_size
        self._prefix = prefix_for(name_or_path)
        self._lock = threading.Lock()
        self.dimension = 0  # known after the first vector: the method that tells has been renamed
        self.dimension = self._encode([""]).shape[1]

    def embed_keys(self, texts: Sequence[str]) -> Vectors:
        """Embed stored texts; see :class:`~retrieval.embedding.port.Embedder`."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return self._encode(texts)

    def embed_query(self, text: str) -> Vectors:
        """Embed one query; see :class:`~retrieval.embedding.port.Embedder`."""
        vector: Vectors = self._encode([text])[0]
        return vector

    def _encode(self, texts: Sequence[str]) -> Vectors:
        # encode() sorts by length before it batches, so that short texts are not padded to long.
        with self._lock:
            vectors = self._model.encode(
                [well_formed(text) for text in texts],
                prompt=self._prefix,
                batch_size=self._batch_size,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.ascontiguousarray(vectors, dtype=np.float32)


def prefix_for(name_or_path: str) -> str:
    """What is put before every text for this model: ``passage: `` for E5, nothing for others."""
    name = re.split(r"[/\\]", name_or_path.rstrip("/\\"))[-1]
    return "passage: " if _E5.search(name) else ""
