"""Define the contract of an embedder."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turn texts into unit vectors.

    Every vector is L2-normalised by the embedder (``‖v‖ = 1`` within 1e-5) and nowhere else, so
    that the inner product of two is their cosine. Calls are synchronous, CPU-bound and safe from
    several threads at once. The same text gives the same vector, up to float32 rounding, in any
    batch. Every string is accepted and gives a finite unit vector: empty, with NUL, lone
    surrogates or emoji, or 10,000 characters long.

    Adapters raise :class:`~retrieval.errors.EmbedderUnavailableError` on construction without
    their package or weights, never later.
    """

    @property
    def model_id(self) -> str:
        """Name of the vector space: embedders share an id only if their vectors may be mixed."""
        ...

    @property
    def dimension(self) -> int:
        """Width of every vector."""
        ...

    @property
    def batch_size(self) -> int:
        """Best number of texts, sorted by length, for one call of :meth:`embed_keys`."""
        ...

    def embed_keys(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of stored texts.

        The shape is ``(len(texts), dimension)``, float32; ``(0, dimension)`` without texts.
        """
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of queries, shaped as by :meth:`embed_keys`."""
        ...
