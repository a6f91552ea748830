"""Estimate figures with 95 % intervals by resampling scenes, or by leaving them out."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLINGS = 1_000

_PERCENTILES = (2.5, 97.5)
_NORMAL = 1.96
"""Standard errors on either side of 95 % of a normal distribution."""


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


def jackknife(
    scenes: Sequence[Hashable], estimate: Callable[[Sequence[int]], NDArray[np.float64]]
) -> list[Interval]:
    """Return estimates with 95 % intervals from leaving out one scene after another.

    For figures that drawing a scene twice would falsify. ``scenes`` has the scene of each question,
    and ``estimate`` returns the figures of some of them, by number. With a single scene the
    interval is the estimate.
    """
    members: dict[Hashable, set[int]] = {}
    for number, scene in enumerate(scenes):
        members.setdefault(scene, set()).add(number)
    every = range(len(scenes))
    whole = estimate(every)
    if len(members) < 2:
        return [Interval(float(value), float(value), float(value)) for value in whole]
    without = np.array(
        [estimate([at for at in every if at not in out]) for out in members.values()]
    )
    count = len(members)
    spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0) * (count - 1) / count
    reach = _NORMAL * np.sqrt(spread)
    return [
        Interval(float(value), float(value - half), float(value + half))
        for value, half in zip(whole, reach, strict=True)
    ]
