"""A recipe's weights from held-out moments: ridge regression in closed form.

The label says how like the true reply a candidate is. It and the features are double-centred:
the mean of each moment and of each candidate is taken out, so that nothing is learned of how
common a reply is, only of what makes it right at one moment and wrong at another.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking.weights import FEATURES, Weights
from retrieval.reply_index.similarities import Floats

RIDGE = 0.02
"""λ a moment."""

F1_UNIT, CHRF_UNIT, COSINE_UNIT = 0.02, 0.03, 0.02
"""What counts as one: about the spread of each between a moment's candidates."""


def label(f1: Floats, chrf: Floats, cosine: Floats) -> Floats:
    """How like the true reply each candidate is."""
    return np.asarray(f1 / F1_UNIT + chrf / CHRF_UNIT + cosine / COSINE_UNIT, dtype=np.float32)


class RegressionSums:
    """The moments asked of one store, summed up; each counts the same, however many replies."""

    def __init__(self, replies: int) -> None:
        width = len(FEATURES)
        self._count = 0
        self._gram = np.zeros((width, width))
        self._target = np.zeros(width)
        self._features = np.zeros((width, replies))
        self._labels = np.zeros(replies)

    def add(self, features: Mapping[str, Floats], labels: Floats) -> None:
        """One moment: every feature and the label of every reply of the store."""
        rows = np.array([features[name] for name in FEATURES], dtype=np.float64)
        rows -= rows.mean(axis=1, keepdims=True)
        centred = labels.astype(np.float64) - labels.mean()
        self._count += 1
        self._gram += rows @ rows.T / len(labels)
        self._target += rows @ centred / len(labels)
        self._features += rows
        self._labels += centred

    def equations(self) -> "NormalEquations":
        """With the candidates' means taken out as well."""
        count, replies = max(self._count, 1), max(len(self._labels), 1)
        features, labels = self._features / count, self._labels / count
        return NormalEquations(
            self._count,
            self._gram - count * features @ features.T / replies,
            self._target - count * features @ labels / replies,
        )


class NormalEquations:
    """The normal equations of a regression; those of several stores add up."""

    def __init__(self, count: int, gram: NDArray[np.float64], target: NDArray[np.float64]) -> None:
        self.count = count
        self._gram = gram
        self._target = target

    @classmethod
    def none(cls) -> "NormalEquations":
        width = len(FEATURES)
        return cls(0, np.zeros((width, width)), np.zeros(width))

    def __add__(self, other: "NormalEquations") -> "NormalEquations":
        return NormalEquations(
            self.count + other.count, self._gram + other._gram, self._target + other._target
        )

    def solve(self, name: str) -> Weights:
        """The weights. Raises :class:`ValueError` where there is no moment."""
        if self.count == 0:
            raise ValueError("there is nothing to learn from")
        ridge = RIDGE * self.count * np.eye(len(FEATURES))
        weights = np.linalg.solve(self._gram + ridge, self._target)
        return Weights(
            name,
            {feature: round(float(w), 6) for feature, w in zip(FEATURES, weights, strict=True)},
        )
