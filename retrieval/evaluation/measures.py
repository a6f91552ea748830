"""From what was shown to figures: gap share, lift share, and how sure they are. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLINGS = 1_000

_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question, one way of choosing."""

    best: float
    """F1 of the best reply shown with the true one."""
    elsewhere: float
    """The same, with what the character said at other held-out moments, on average."""
    cosine: float
    """Of the nearest reply shown with the true one."""
    replies: float
    """How many are shown."""

    @property
    def lift(self) -> float:
        """What is specific to the moment."""
        return self.best - self.elsewhere


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and where it lies in 95 of 100 resamplings of the scenes."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One way of choosing, at one budget."""

    gap_share: Interval
    """Of the way from random windows to the oracle, in best F1."""
    lift_share: Interval
    """Of the oracle's lift."""
    cosine: Interval
    replies: float
    gap_over_reference: Interval | None = None
    lift_over_reference: Interval | None = None
    """Differences of the shares, resampled together."""


class Resampling:
    """Scenes drawn with replacement, the same draws for everything that is compared."""

    def __init__(self, scenes: Sequence[int], seed: int = 1) -> None:
        """``scenes``: the scene of each question."""
        _, members = np.unique(scenes, return_inverse=True)
        count = int(members.max()) + 1
        draws = np.random.default_rng(seed).integers(0, count, size=(RESAMPLINGS, count))
        times = [np.bincount(draw, minlength=count) for draw in draws]
        self._weights = np.vstack([np.ones(count), *times])[:, members]

    def means(self, values: Sequence[float]) -> NDArray[np.float64]:
        """The mean of all questions, then those of the resamplings: ``(1 + resamplings,)``."""
        weighted = self._weights @ np.asarray(values, dtype=np.float64)
        return np.asarray(weighted / self._weights.sum(axis=1), dtype=np.float64)


def interval(estimates: NDArray[np.float64]) -> Interval:
    """The first is the estimate, the others are resampled."""
    low, high = np.percentile(estimates[1:], _PERCENTILES)
    return Interval(float(estimates[0]), float(low), float(high))


class Scale:
    """What shares are shares of: from random to the oracle."""

    def __init__(
        self, resampling: Resampling, random: Sequence[Outcome], oracle: Sequence[Outcome]
    ) -> None:
        self._resampling = resampling
        self._floor = resampling.means([outcome.best for outcome in random])
        self._way = resampling.means([outcome.best for outcome in oracle]) - self._floor
        self._lift = resampling.means([outcome.lift for outcome in oracle])

    def figures(
        self, outcomes: Sequence[Outcome], reference: Sequence[Outcome] | None = None
    ) -> Figures:
        """The shares of one way of choosing, and what it has over the ``reference``."""
        gap, lift = self._shares(outcomes)
        over = self._shares(reference) if reference is not None else None
        return Figures(
            gap_share=interval(gap),
            lift_share=interval(lift),
            cosine=interval(self._resampling.means([outcome.cosine for outcome in outcomes])),
            replies=float(np.mean([outcome.replies for outcome in outcomes])),
            gap_over_reference=interval(gap - over[0]) if over else None,
            lift_over_reference=interval(lift - over[1]) if over else None,
        )

    def _shares(
        self, outcomes: Sequence[Outcome]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        best = self._resampling.means([outcome.best for outcome in outcomes])
        lift = self._resampling.means([outcome.lift for outcome in outcomes])
        return _ratio(best - self._floor, self._way), _ratio(lift, self._lift)


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 where there is nothing to be a share of."""
    return np.divide(part, whole, out=np.zeros_like(part), where=np.abs(whole) > 1e-9)
