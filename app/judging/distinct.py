"""Measure how varied texts are: the share of distinct n-grams among as many of each side. Pure.

A larger set of texts repeats more, so sets are compared at the size of the smallest: by the number
of distinct n-grams that a random draw of so many has on average (rarefaction: Hurlbert 1971).
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25.tokens import unigrams
from retrieval.evaluation.intervals import Interval, jackknife

SIZES = (1, 2, 3)
"""Lengths of the n-grams that are counted."""

Ngrams = Counter[tuple[str, ...]]


def count_ngrams(texts: Iterable[str], n: int) -> Ngrams:
    """Return how often each n-gram of tokens occurs, none across two texts."""
    found: Ngrams = Counter()
    for text in texts:
        tokens = unigrams(text)
        found.update(tuple(tokens[at : at + n]) for at in range(len(tokens) - n + 1))
    return found


def distinct_share(ngrams: Ngrams, size: int | None = None) -> float:
    """Return the expected share of distinct n-grams among ``size`` random ones, by default all.

    0 without n-grams. Raises :class:`ValueError` for more than there are.
    """
    total = ngrams.total()
    size = total if size is None else size
    if size > total:
        raise ValueError(f"{size} n-grams cannot be drawn from {total}")
    if size == 0:
        return 0.0
    if size == total:
        return len(ngrams) / total
    # Many n-grams occur equally often: each frequency is computed once.
    frequencies = Counter(ngrams.values())
    drawn = sum(many * _is_drawn(times, size, total) for times, many in frequencies.items())
    return drawn / size


def _is_drawn(times: int, size: int, total: int) -> float:
    """Return the probability that ``size`` drawn of the total have one that occurs ``times``."""
    if size > total - times:
        return 1.0
    missed = lgamma(total - times + 1) + lgamma(total - size + 1)
    missed -= lgamma(total - times - size + 1) + lgamma(total + 1)
    return 1.0 - exp(missed)


def equal_shares(sides: Sequence[Ngrams]) -> list[float]:
    """Return the share of distinct n-grams of each side at the size of the smallest."""
    size = min((side.total() for side in sides), default=0)
    return [distinct_share(side, size) for side in sides]


@dataclass(frozen=True, slots=True)
class DistinctFigures:
    """Hold the share of distinct n-grams of one length, of several sides at equal size."""

    shares: Mapping[str, Interval]
    """By side."""
    differences: Mapping[tuple[str, str], Interval]
    """Of each side over each later one."""


def distinct_figures(
    sides: Mapping[str, Sequence[str]], scenes: Sequence[Hashable], n: int
) -> DistinctFigures:
    """Compare the texts of sides that answer the same questions, ``scenes`` are theirs.

    The intervals leave out one scene after another: drawing scenes twice, as a bootstrap does,
    would make every text of them look repeated.
    """
    names = list(sides)
    counted = [[count_ngrams([text], n) for text in sides[name]] for name in names]
    pairs = [(one, other) for one in range(len(names)) for other in range(one + 1, len(names))]

    def estimate(kept: Sequence[int]) -> NDArray[np.float64]:
        together: list[Ngrams] = []
        for side in counted:
            whole: Ngrams = Counter()
            for number in kept:
                whole.update(side[number])
            together.append(whole)
        shares = equal_shares(together)
        return np.array([*shares, *(shares[one] - shares[other] for one, other in pairs)])

    found = jackknife(scenes, estimate)
    return DistinctFigures(
        shares=dict(zip(names, found, strict=False)),
        differences={
            (names[one], names[other]): interval
            for (one, other), interval in zip(pairs, found[len(names) :], strict=True)
        },
    )
