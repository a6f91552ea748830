"""BM25 over a few thousand short texts, all of them scored at once."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.lexical.tokens import Tokenize

Floats = NDArray[np.float32]

_K1 = 1.5
_B = 0.75


class Bm25Index:
    """An inverted index whose postings hold finished scores, so that a query only adds them.

    BM25 with Lucene's non-negative idf, ``ln(1 + (N - df + .5) / (df + .5))``, and without its
    constant factor ``k1 + 1`` (Kamphuis et al. 2020, https://doi.org/10.1007/978-3-030-45442-5_4);
    k1 = 1.5, b = .75. Scores of a token are computed when the index is built, as in BM25S
    (https://arxiv.org/abs/2407.03618).
    """

    def __init__(
        self,
        size: int,
        vocabulary: Mapping[str, int],
        starts: NDArray[np.int64],
        documents: NDArray[np.int32],
        scores: Floats,
    ) -> None:
        """``starts[t]:starts[t + 1]`` of ``documents`` and ``scores`` belong to token ``t``."""
        self.size = size
        self.vocabulary = vocabulary
        self.starts = starts
        self.documents = documents
        self.scores = scores

    @classmethod
    def build(cls, texts: Sequence[str], tokenize: Tokenize) -> "Bm25Index":
        """Index the texts; a text is known by its position."""
        vocabulary: dict[str, int] = {}
        size = len(texts)
        pairs = [  # token * size + document, so that both sort as one number
            vocabulary.setdefault(token, len(vocabulary)) * size + document
            for document, text in enumerate(texts)
            for token in tokenize(text)
        ]
        codes, times = np.unique(np.asarray(pairs, dtype=np.int64), return_counts=True)
        tokens, documents = codes // max(size, 1), codes % max(size, 1)
        starts = np.searchsorted(tokens, np.arange(len(vocabulary) + 1))
        frequency = np.diff(starts)
        idf = np.log1p((size - frequency + 0.5) / (frequency + 0.5))
        lengths = np.bincount(documents, weights=times, minlength=size)
        relative = lengths / (lengths.mean() if pairs else 1.0)
        damping = _K1 * (1.0 - _B + _B * relative[documents])
        scores = idf[tokens] * times / (times + damping)
        return cls(size, vocabulary, starts, documents.astype(np.int32), scores.astype(np.float32))

    def score(self, tokens: Iterable[str]) -> Floats:
        """The score of every text, shape ``(size,)``; a token counts as often as it is given."""
        total = np.zeros(self.size, dtype=np.float32)
        for token in tokens:
            number = self.vocabulary.get(token)
            if number is not None:
                span = slice(self.starts[number], self.starts[number + 1])
                total[self.documents[span]] += self.scores[span]
        return total
