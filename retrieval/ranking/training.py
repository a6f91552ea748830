"""Learn weights from held-out queries by ridge regression in closed form.

The label of the objective *overlap* is the similarity of a candidate to the true reply. Labels and
features are double-centred, by the mean of each query and of each candidate, so that the regression
learns what makes a reply right for one query and wrong for another, and not how common it is.

The label of the objective *likelihood* is how much likelier the true reply becomes when the
candidate alone is shown. It is centred by query only: a reply that helps with every query is worth
showing with every query.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking.weights import FEATURES, Weights
from retrieval.reply_index.similarities import Floats

RIDGE = 0.02
"""Ridge penalty λ for each query."""

F1_UNIT, CHRF_UNIT, COSINE_UNIT = 0.02, 0.03, 0.02
"""Units of the similarities: about the spread of each between a query's candidates."""


def label(f1: Floats, chrf: Floats, cosine: Floats) -> Floats:
    """Return the similarity of each candidate to the true reply."""
    return np.asarray(f1 / F1_UNIT + chrf / CHRF_UNIT + cosine / COSINE_UNIT, dtype=np.float32)


class RegressionSums:
    """Sum up the queries of one store, weighted alike regardless of its number of replies."""

    def __init__(self, replies: int) -> None:
        width = len(FEATURES)
        self._count = 0
        self._gram = np.zeros((width, width))
        self._target = np.zeros(width)
        self._features = np.zeros((width, replies))
        self._labels = np.zeros(replies)

    def add(self, features: Mapping[str, Floats], labels: Floats) -> None:
        """Add one query: every feature and the label of every reply of the store."""
        rows = np.array([features[name] for name in FEATURES], dtype=np.float64)
        rows -= rows.mean(axis=1, keepdims=True)
        centred = labels.astype(np.float64) - labels.mean()
        self._count += 1
        self._gram += rows @ rows.T / len(labels)
        self._target += rows @ centred / len(labels)
        self._features += rows
        self._labels += centred

    def equations(self) -> "NormalEquations":
        """Return the normal equations, centred by the candidates' means as well."""
        count, replies = max(self._count, 1), max(len(self._labels), 1)
        features, labels = self._features / count, self._labels / count
        return NormalEquations(
            self._count,
            self._gram - count * features @ features.T / replies,
            self._target - count * features @ labels / replies,
        )


def gain_equations(features: Mapping[str, Floats], gains: Floats) -> "NormalEquations":
    """Return the normal equations of one query.

    ``features`` and ``gains`` are those of the replies that were tried, each ``(k,)``.
    """
    rows = np.array([features[name] for name in FEATURES], dtype=np.float64)
    rows -= rows.mean(axis=1, keepdims=True)
    centred = gains.astype(np.float64) - gains.mean()
    return NormalEquations(1, rows @ rows.T / len(gains), rows @ centred / len(gains))


class NormalEquations:
    """Hold the normal equations of a regression; the equations of several stores add up."""

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
        """Return the weights. Raises :class:`ValueError` without a query."""
        if self.count == 0:
            raise ValueError("there is nothing to learn from")
        ridge = RIDGE * self.count * np.eye(len(FEATURES))
        weights = np.linalg.solve(self._gram + ridge, self._target)
        return Weights(
            name,
            {feature: round(float(w), 6) for feature, w in zip(FEATURES, weights, strict=True)},
        )
