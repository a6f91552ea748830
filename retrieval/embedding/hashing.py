"""Embed by hashed n-grams, without a model or any semantics, for tests and demos."""

import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from retrieval.embedding.port import Vectors
from retrieval.embedding.wellformed import well_formed

_WORD_OR_SIGN = re.compile(r"\w+|[^\w\s]")
_NGRAMS = (2, 3)


class HashingEmbedder:
    """Place texts that share words and character sequences close; others are near-orthogonal.

    Signed feature hashing (Weinberger et al. 2009, https://arxiv.org/abs/0902.2206) of words,
    their character bigrams and trigrams, and single non-ASCII characters (a Chinese character
    carries as much meaning as a word), counted by square root. CRC-32 rather than :func:`hash`
    gives the same vectors in every process and on every machine.
    """

    batch_size = 4

    def __init__(self, dimension: int = 256) -> None:
        """Raise :class:`ValueError` for a ``dimension``, the width of the vectors, below 1."""
        if dimension < 1:
            raise ValueError(f"dimension must be at least 1, not {dimension}")
        self.dimension = dimension
        self.model_id = f"hashing:v1:{dimension}"

    def embed_keys(self, texts: Sequence[str]) -> Vectors:
        """Embed stored texts; see :class:`~retrieval.embedding.port.Embedder`."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._embed(text)
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed queries; see :class:`~retrieval.embedding.port.Embedder`."""
        return self.embed_keys(texts)

    def _embed(self, text: str) -> Vectors:
        vector = np.zeros(self.dimension, dtype=np.float64)
        for feature, times in Counter(_features(text)).items():
            code = zlib.crc32(feature.encode())
            sign = 1.0 if code & 0x8000_0000 else -1.0
            vector[(code & 0x7FFF_FFFF) % self.dimension] += sign * math.sqrt(times)
        norm = float(np.linalg.norm(vector))
        if norm == 0.0:  # no features, or signs that cancel: callers expect a unit vector
            vector[0] = norm = 1.0
        return (vector / norm).astype(np.float32)


def _features(text: str) -> Iterator[str]:
    normal = unicodedata.normalize("NFKC", well_formed(text)).casefold()
    for word in _WORD_OR_SIGN.findall(normal):
        yield word
        yield from (character for character in word if not character.isascii())
        bounded = f"^{word}$"
        for size in _NGRAMS:
            for start in range(len(bounded) - size + 1):
                yield bounded[start : start + size]
