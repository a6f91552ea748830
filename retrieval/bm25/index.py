"""Score a few thousand short texts at once with BM25."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25.tokens import Tokenize

Floats = NDArray[np.float32]
Codes = NDArray[np.uint64]

DROPPED_BITS = 24
"""Lowest bits of a 64-bit hash that a token's code leaves out."""

_K1 = 1.5
_B = 0.75


class Bm25Index:
    """Hold an inverted index whose postings are finished scores, so that a query only adds them.

    BM25 with Lucene's non-negative idf, ``ln(1 + (N - df + .5) / (df + .5))``, and without its
    constant factor ``k1 + 1`` (Kamphuis et al. 2020, https://doi.org/10.1007/978-3-030-45442-5_4);
    k1 = 1.5, b = .75. Scores of a token are computed when the index is built, as in BM25S
    (https://arxiv.org/abs/2407.03618). Tokens are identified by 40 bits of a hash: a dictionary of
    the tokens would take more memory than the postings, and dominate the loading time. Of 50,000
    tokens two share a code in one index of 900.
    """

    def __init__(
        self,
        size: int,
        tokens: Codes,
        starts: NDArray[np.integer[Any]],
        documents: NDArray[np.integer[Any]],
        scores: Floats,
        times: NDArray[np.integer[Any]] | None = None,
    ) -> None:
        """Take the postings: ``starts[t]:starts[t + 1]`` of the arrays belong to ``tokens[t]``.

        ``tokens`` are codes, ascending; ``documents``, ``scores`` and ``times`` are parallel. Only
        an index that is to be stored needs ``times``, how often a text has the token.
        """
        self.size = size
        self.tokens = tokens
        self.starts = starts
        self.documents = documents
        self.scores = scores
        self.times = times

    @classmethod
    def build(cls, texts: Sequence[str], tokenize: Tokenize) -> "Bm25Index":
        """Index the texts; a text is identified by its position."""
        size = len(texts)
        bags = [tokenize(text) for text in texts]
        vocabulary = dict.fromkeys(token for bag in bags for token in bag)
        codes = np.unique(_codes(vocabulary))
        numbers = dict(zip(vocabulary, np.searchsorted(codes, _codes(vocabulary)), strict=True))
        pairs = [  # token * size + document, so that both sort as one number
            numbers[token] * size + document for document, bag in enumerate(bags) for token in bag
        ]
        both, times = np.unique(np.asarray(pairs, dtype=np.int64), return_counts=True)
        tokens, documents = both // max(size, 1), both % max(size, 1)
        frequency = np.bincount(tokens, minlength=len(codes))
        return cls.of_counts(size, codes, frequency, documents.astype(np.int32), times)

    @classmethod
    def of_counts(
        cls,
        size: int,
        tokens: Codes,
        frequency: NDArray[np.integer[Any]],
        documents: NDArray[np.integer[Any]],
        times: NDArray[np.integer[Any]],
    ) -> "Bm25Index":
        """Return the index of ``size`` texts in which tokens occur so often.

        ``frequency`` has the number of texts with each token; ``documents`` those texts, token
        after token, and ``times`` how often it occurs in each.
        """
        frequency = frequency.astype(np.int64)
        starts = np.concatenate([[0], np.cumsum(frequency)]).astype(np.uint32)
        idf = np.log1p((size - frequency + 0.5) / (frequency + 0.5))
        lengths = np.bincount(documents, weights=times, minlength=size)
        relative = lengths / (lengths.mean() if len(documents) else 1.0)
        damping = _K1 * (1.0 - _B + _B * relative[documents])
        scores = np.repeat(idf, frequency) * times / (times + damping)
        return cls(size, tokens, starts, documents, scores.astype(np.float32), times)

    def score(self, tokens: Iterable[str]) -> Floats:
        """Return the score of every text, shape ``(size,)``; repeated tokens count repeatedly."""
        wanted = _codes(tokens)
        if not len(self.tokens) or not len(wanted):
            return np.zeros(self.size, dtype=np.float32)
        positions = np.searchsorted(self.tokens, wanted)
        found = positions[self.tokens.take(positions, mode="clip") == wanted]
        ends = zip(self.starts[found].tolist(), self.starts[found + 1].tolist(), strict=True)
        spans = [slice(*each) for each in ends] or [slice(0, 0)]
        documents = np.concatenate([self.documents[span] for span in spans])
        scores = np.concatenate([self.scores[span] for span in spans])
        total = np.bincount(documents, weights=scores, minlength=self.size)
        return total.astype(np.float32)


def _codes(tokens: Iterable[str]) -> Codes:
    return np.array([_code(token) for token in tokens], dtype=np.uint64)


@lru_cache(maxsize=16_384)
def _code(token: str) -> int:
    """Return the token's code; it is stored, so it is the same on every machine."""
    digest = blake2b(token.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> DROPPED_BITS


def forget_tokens() -> None:
    """Forget the tokens whose codes are known."""
    _code.cache_clear()
