"""How much two short texts have in common: token F1, and chrF without its recall bias."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25.tokens import bigrams, characters

Floats = NDArray[np.float32]
Profile = Callable[[str], Sequence[Sequence[str]]]
"""A text as one or more bags of tokens."""

_CHRF_ORDERS = (1, 2, 3)


def bigram_profile(text: str) -> Sequence[Sequence[str]]:
    """Character bigrams, or words: :func:`~retrieval.bm25.tokens.bigrams`."""
    return [bigrams(text)]


def chrf_profile(text: str) -> Sequence[Sequence[str]]:
    """Character n-grams of one, two and three characters, white space left out."""
    said = characters(text)
    return [
        [said[start : start + order] for start in range(len(said) - order + 1)]
        for order in _CHRF_ORDERS
    ]


class Overlap:
    """Texts to compare others with.

    The similarity of two texts is the F1 of their bags, ``2 |A ∩ B| / (|A| + |B|)`` over
    multisets, averaged over the profile's bags of which either has a member; 0 where none has.
    With :func:`chrf_profile` that is chrF (Popović 2015, https://aclanthology.org/W15-3049) with
    β = 1 and the mean taken last, so that it is symmetric.
    """

    def __init__(self, texts: Sequence[str], profile: Profile) -> None:
        self.size = len(texts)
        self._profile = profile
        profiles = [profile(text) for text in texts]
        self._bags = [_Bag([one[order] for one in profiles]) for order in range(_width(profile))]

    def similarities(self, text: str) -> Floats:
        """With each of the texts, shape ``(size,)``, in [0, 1]."""
        total = np.zeros(self.size, dtype=np.float32)
        counted = np.zeros(self.size, dtype=np.float32)
        for bag, tokens in zip(self._bags, self._profile(text), strict=True):
            sizes = bag.sizes + len(tokens)
            total += 2 * bag.shared(tokens) / np.maximum(sizes, 1)
            counted += sizes > 0
        return np.asarray(total / np.maximum(counted, 1), dtype=np.float32)

    def matrix(self, texts: Iterable[str]) -> Floats:
        """A row of similarities for each text."""
        rows = [self.similarities(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.size), dtype=np.float32)


class _Bag:
    """Which texts hold a token, the second occurrence of a token being a token of its own."""

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
