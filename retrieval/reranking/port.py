"""What a reranker promises."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


class Reranker(Protocol):
    """Judges texts by how well they fit a query.

    Calls are synchronous, take long (tens of milliseconds a text on a CPU) and are safe from
    several threads at once. Every string is a text, however long: what is beyond the model's
    limit is not read.

    Adapters raise :class:`~retrieval.errors.RerankerUnavailableError` when they are built without
    their package or weights, never later.
    """

    @property
    def model_id(self) -> str:
        """Names the model."""
        ...

    def rerank(self, query: str, texts: Sequence[str]) -> Scores:
        """A finite score for each text, ``(len(texts),)``; higher fits better.

        Only comparable within one call.
        """
        ...
