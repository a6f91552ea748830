"""What an embedder promises."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Text in, unit vectors out.

    Every vector an embedder returns is L2-normalised (``‖v‖ = 1`` within 1e-5), so that an
    inner product of two of them is their cosine; nobody else normalises. Calls are synchronous,
    CPU-bound and safe from several threads at once. The same text gives the same vector, up to
    float32 rounding, whatever it is batched with. Every string is a text: an empty one, one with
    NUL, lone surrogates or emoji, one of 10,000 characters; all give finite unit vectors.

    Adapters raise :class:`~retrieval.errors.EmbedderUnavailableError` when they are built without
    their package or weights, never later.
    """

    @property
    def model_id(self) -> str:
        """Names the vector space: two embedders share an id only if their vectors may be mixed."""
        ...

    @property
    def dimension(self) -> int:
        """Width of every vector."""
        ...

    @property
    def batch_size(self) -> int:
        """How many keys, sorted by length, one call of :meth:`embed_keys` embeds best."""
        ...

    def embed_keys(self, texts: Sequence[str]) -> Vectors:
        """Embed stored texts.

        Shape ``(len(texts), dimension)``, float32; ``(0, dimension)`` for none.
        """
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed what is looked for. Shapes as for keys."""
        ...
