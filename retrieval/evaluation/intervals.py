"""Estimate means with 95 % intervals by resampling scenes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLINGS = 1_000

_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Interval:
    """Hold an estimate and the range of 95 of 100 resamplings of the scenes."""

    value: float
    low: float
    high: float


class Resampling:
    """Draw scenes with replacement, the same draws for all compared values."""

    def __init__(self, scenes: Sequence[int], seed: int = 1) -> None:
        """Take the scene of each question."""
        _, members = np.unique(scenes, return_inverse=True)
        count = int(members.max()) + 1
        draws = np.random.default_rng(seed).integers(0, count, size=(RESAMPLINGS, count))
        times = [np.bincount(draw, minlength=count) for draw in draws]
        self._weights = np.vstack([np.ones(count), *times])[:, members]

    def means(self, values: Sequence[float]) -> NDArray[np.float64]:
        """Return the mean of all questions, then of each resampling: ``(1 + resamplings,)``."""
        weighted = self._weights @ np.asarray(values, dtype=np.float64)
        return np.asarray(weighted / self._weights.sum(axis=1), dtype=np.float64)


def interval(estimates: NDArray[np.float64]) -> Interval:
    """Return the interval of ``estimates``: the first is the estimate, the others are resampled."""
    low, high = np.percentile(estimates[1:], _PERCENTILES)
    return Interval(float(estimates[0]), float(low), float(high))
