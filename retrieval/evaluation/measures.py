"""Compute figures of the lines shown: gap share, lift share, and their intervals. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.evaluation.intervals import Interval, Resampling, interval


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold the measures of one question with one mode of selection."""

    best: float
    """F1 of the best reply shown with the true one."""
    elsewhere: float
    """Mean F1 of the best reply shown with the true replies of questions of other scenes."""
    cosine: float
    """Cosine of the nearest reply shown with the true one."""
    replies: float
    """Number of replies shown."""

    @property
    def lift(self) -> float:
        """Part of the best F1 that is specific to the question."""
        return self.best - self.elsewhere


@dataclass(frozen=True, slots=True)
class Figures:
    """Hold the figures of one mode of selection at one budget."""

    gap_share: Interval
    """Share of the gap between random windows and the oracle, in best F1."""
    lift_share: Interval
    """Share of the oracle's lift."""
    cosine: Interval
    replies: float
    gap_over_reference: Interval | None = None
    lift_over_reference: Interval | None = None
    """Differences of the shares from the reference's, resampled together."""


class Scale:
    """Scale outcomes to the range from random windows to the oracle."""

    def __init__(
        self, resampling: Resampling, random: Sequence[Outcome], oracle: Sequence[Outcome]
    ) -> None:
        self._resampling = resampling
        self._floor = resampling.means([outcome.best for outcome in random])
        self._gap = resampling.means([outcome.best for outcome in oracle]) - self._floor
        self._lift = resampling.means([outcome.lift for outcome in oracle])

    def figures(
        self, outcomes: Sequence[Outcome], reference: Sequence[Outcome] | None = None
    ) -> Figures:
        """Return the shares of one mode of selection, and its margins over the ``reference``."""
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
        return _ratio(best - self._floor, self._gap), _ratio(lift, self._lift)


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``part / whole``; 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros_like(part), where=np.abs(whole) > 1e-9)
