"""Rerank with a cross-encoder of sentence-transformers, where weights and time are available."""

import threading
from collections.abc import Sequence

import numpy as np

from retrieval.embedding.wellformed import well_formed
from retrieval.errors import RerankerUnavailableError
from retrieval.reranking.port import Scores

_BATCH = 32


class CrossEncoderReranker:
    """Score texts with a model from a local directory or, when missing there, from a model hub.

    The model has one output, the relevance of a text
    (https://sbert.net/docs/cross_encoder/usage/usage.html). Calls are serialised: a fast tokenizer
    must not be used by two threads at once, and torch is parallel inside one call.
    """

    def __init__(self, name_or_path: str, device: str | None = None) -> None:
        """Load the model, which may download it; the library chooses the ``device`` by default.

        Raises :class:`~retrieval.errors.RerankerUnavailableError` when the package is missing,
        the model cannot be found or loaded, or it does not have exactly one output.
        """
        try:
            # Imported only where it is chosen: it brings torch.
            from sentence_transformers import CrossEncoder  # noqa: PLC0415
        except ImportError as error:
            raise RerankerUnavailableError(
                f"cross_encoder:{name_or_path} needs the package sentence-transformers: "
                "pip install 'offbook[sentence-transformers]'"
            ) from error
        try:
            self._model = CrossEncoder(name_or_path, device=device)
        except (OSError, ValueError, RuntimeError) as error:
            raise RerankerUnavailableError(
                f"the reranker {name_or_path!r} cannot be loaded: it is neither a directory with a "
                f"cross-encoder, nor in the local cache, nor could it be fetched from the model "
                f"hub ({error})"
            ) from error
        if self._model.num_labels != 1:
            raise RerankerUnavailableError(
                f"the model {name_or_path!r} has {self._model.num_labels} outputs: a reranker has "
                "one, how well a text fits"
            )
        self.model_id = f"cross_encoder:{name_or_path}"
        self._lock = threading.Lock()

    def rerank(self, query: str, texts: Sequence[str]) -> Scores:
        """See :class:`~retrieval.reranking.port.Reranker`."""
        if not texts:
            return np.zeros(0, dtype=np.float32)
        query = well_formed(query)
        with self._lock:
            scores = self._model.predict(
                [(query, well_formed(text)) for text in texts],
                batch_size=_BATCH,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return np.asarray(scores, dtype=np.float32)
