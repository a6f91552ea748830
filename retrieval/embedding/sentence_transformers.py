"""Embed with any sentence-transformers model, where its weights and memory are available."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from retrieval.embedding.port import Vectors
from retrieval.embedding.prefixes import Prefixes, prefixes_for
from retrieval.embedding.wellformed import well_formed
from retrieval.errors import EmbedderUnavailableError


@dataclass(frozen=True, slots=True)
class SentenceTransformerOptions:
    """Hold how a model runs; the model's family or the library decides what is None."""

    key_prefix: str | None = None
    query_prefix: str | None = None
    batch_size: int = 32
    device: str | None = None
    backend: Literal["torch", "onnx", "openvino"] = "torch"


class SentenceTransformerEmbedder:
    """Embed with a model from a local directory or, when missing there, from a model hub.

    Pooling follows the model's configuration; prefixes are its family's
    (:func:`~retrieval.embedding.prefixes.prefixes_for`) or the caller's, and override a prompt in
    the model's configuration.

    A text longer than the model's ``max_seq_length`` is truncated. Calls are serialised: a fast
    tokenizer must not be used by two threads at once ("Already borrowed"), and torch is parallel
    inside one call.
    """

    def __init__(
        self,
        name_or_path: str,
        options: SentenceTransformerOptions = SentenceTransformerOptions(),  # frozen
    ) -> None:
        """Load the model, which may download it.

        The hub's own settings apply: without a network, ``HF_HUB_OFFLINE=1`` spares a
        minute of retries.

        Raises :class:`~retrieval.errors.EmbedderUnavailableError` when a package is missing or
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
            self._model = SentenceTransformer(
                name_or_path, device=options.device, backend=options.backend
            )
        except ImportError as error:
            raise EmbedderUnavailableError(
                f"the backend {options.backend} of sentence-transformers is not installed: pip"
                f" install 'sentence-transformers[{options.backend}]' ({error})"
            ) from error
        except (OSError, ValueError, RuntimeError) as error:
            raise EmbedderUnavailableError(
                f"the model {name_or_path!r} cannot be loaded: it is neither a directory with a "
                f"sentence-transformers model, nor in the local cache, nor could it be fetched "
                f"from the model hub ({error})"
            ) from error
        own = prefixes_for(name_or_path)
        self._prefixes = Prefixes(
            own.key if options.key_prefix is None else options.key_prefix,
            own.query if options.query_prefix is None else options.query_prefix,
        )
        self.model_id = f"sentence_transformers:{name_or_path}"
        if self._prefixes.key != own.key:
            self.model_id += f":{self._prefixes.key}"
        self.batch_size = options.batch_size
        self._lock = threading.Lock()
        # Measured from a vector: the method that reports it was renamed between versions.
        self.dimension = 0
        self.dimension = self._encode([""], "").shape[1]

    def embed_keys(self, texts: Sequence[str]) -> Vectors:
        """Embed stored texts; see :class:`~retrieval.embedding.port.Embedder`."""
        return self._encode(texts, self._prefixes.key)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed queries; see :class:`~retrieval.embedding.port.Embedder`."""
        return self._encode(texts, self._prefixes.query)

    def _encode(self, texts: Sequence[str], prefix: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        # encode() sorts by length before it batches, so that short texts are not padded to long.
        with self._lock:
            vectors = self._model.encode(
                [well_formed(text) for text in texts],
                prompt=prefix,
                batch_size=self.batch_size,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.ascontiguousarray(vectors, dtype=np.float32)
