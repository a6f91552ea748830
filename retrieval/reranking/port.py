"""Define the contract of a reranker."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


class Reranker(Protocol):
    """Score texts by their relevance to a query.

    Calls are synchronous, slow (tens of milliseconds a text on a CPU) and safe from several
    threads at once. Strings of any length are accepted; text beyond the model's limit is ignored.

    Adapters raise :class:`~retrieval.errors.RerankerUnavailableError` on construction without
    their package or weights, never later.
    """

    @property
    def model_id(self) -> str:
        """Name of the model."""
        ...

    def rerank(self, query: str, texts: Sequence[str]) -> Scores:
        """Return a finite score for each text, ``(len(texts),)``; higher is more relevant.

        Scores are comparable only within one call.
        """
        ...
