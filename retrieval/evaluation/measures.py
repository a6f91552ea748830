"""From what was shown to figures: gap share, lift share, and how sure they are. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.evaluation.intervals import Interval, Resampling, interval


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
