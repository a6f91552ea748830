"""Measure the overlap of two short texts: token F1, and chrF without its recall bias."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25.tokens import bigrams, characters

Floats = NDArray[np.float32]
Profile = Callable[[str], Sequence[Sequence[str]]]
"""Function from a text to one or more bags of tokens."""

_CHRF_ORDERS = (1, 2, 3)


def bigram_profile(text: str) -> Sequence[Sequence[str]]:
    """Return one bag of character bigrams or words: :func:`~retrieval.bm25.tokens.bigrams`."""
    return [bigrams(text)]


def chrf_profile(text: str) -> Sequence[Sequence[str]]:
    """Return bags of character unigrams, bigrams and trigrams, without white space."""
    normalised = characters(text)
    return [
        [normalised[start : start + order] for start in range(len(normalised) - order + 1)]
        for order in _CHRF_ORDERS
    ]


class Overlap:
    """Compare texts with a fixed set of texts.

    The similarity of two texts is the F1 of their bags, ``2 |A ∩ B| / (|A| + |B|)`` over
    multisets, averaged over the profile's bags that are non-empty in either text; 0 where all are
    empty.
    With :func:`chrf_profile` that is chrF (Popović 2015, https://aclanthology.org/W15-3049) with
    β = 1 and the mean taken last, so that it is symmetric.
    """

    def __init__(self, texts: Sequence[str], profile: Profile) -> None:
        self.size = len(texts)
        self._profile = profile
        profiles = [profile(text) for text in texts]
        self._bags = [_Bag([one[order] for one in profiles]) for order in range(_width(profile))]

    def similarities(self, text: str) -> Floats:
        """Return the similarity of ``text`` with each of the set, shape ``(size,)``, in [0, 1]."""
        total = np.zeros(self.size, dtype=np.float32)
        counted = np.zeros(self.size, dtype=np.float32)
        for bag, tokens in zip(self._bags, self._profile(text), strict=True):
            sizes = bag.sizes + len(tokens)
            total += 2 * bag.shared(tokens) / np.maximum(sizes, 1)
            counted += sizes > 0
        return np.asarray(total / np.maximum(counted, 1), dtype=np.float32)

    def matrix(self, texts: Iterable[str]) -> Floats:
        """Return :meth:`similarities` of each text as a row, shape ``(len(texts), size)``."""
        rows = [self.similarities(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.size), dtype=np.float32)


class _Bag:
    """Map tokens to the texts that contain them; the second occurrence is a token of its own."""

    def __init__(self, bags: Sequence[Sequence[str]]) -> None:
        self.sizes = np.array([len(bag) for bag in bags], dtype=np.float32)
        holders: dict[tuple[str, int], list[int]] = defaultdict(list)
        for number, bag in enumerate(bags):
            for token in _numbered(bag):
                holders[token].append(number)
        self._holders = {token: np.array(of) for token, of in holders.items()}

    def shared(self, tokens: Sequence[str]) -> Floats:
        shared = np.zeros(len(self.sizes), dtype=np.float32)
        for token in _numbered(tokens):
            if (holders := self._holders.get(token)) is not None:
                shared[holders] += 1
        return shared


def _numbered(tokens: Iterable[str]) -> Iterator[tuple[str, int]]:
    seen: dict[str, int] = defaultdict(int)
    for token in tokens:
        yield token, seen[token]
        seen[token] += 1


def _width(profile: Profile) -> int:
    return len(profile(""))
