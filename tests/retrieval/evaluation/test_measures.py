"""Shares worked out by hand, and how they are resampled."""

import numpy as np
import pytest

from retrieval.evaluation.intervals import Resampling, interval
from retrieval.evaluation.measures import Outcome, Scale


def outcomes(*bests: float, elsewhere: float = 0.0) -> list[Outcome]:
    return [Outcome(best, elsewhere, cosine=0.5, replies=3) for best in bests]


RESAMPLING = Resampling([0, 0, 1, 2])


def test_shares_are_parts_of_the_way_from_random_to_the_oracle() -> None:
    scale = Scale(RESAMPLING, outcomes(0.1, 0.1, 0.1, 0.1), outcomes(0.3, 0.5, 0.5, 0.3))
    figures = scale.figures(outcomes(0.2, 0.2, 0.2, 0.2, elsewhere=0.1))
    # From .1 to .4 on average: .2 is a third of the way. Lift .1 of the oracle's .4.
    assert figures.gap_share.value == pytest.approx(1 / 3)
    assert figures.lift_share.value == pytest.approx(0.25)
    assert (figures.cosine.value, figures.replies) == (0.5, 3)
    assert figures.gap_over_reference is None


def test_what_ignores_the_moment_has_no_lift() -> None:
    scale = Scale(RESAMPLING, outcomes(0.1, 0.1, 0.1, 0.1), outcomes(0.3, 0.3, 0.3, 0.3))
    figures = scale.figures(outcomes(0.2, 0.2, 0.2, 0.2, elsewhere=0.2))
    assert figures.gap_share.value == pytest.approx(0.5)
    assert figures.lift_share.value == pytest.approx(0.0)


def test_differences_are_resampled_together() -> None:
    scale = Scale(RESAMPLING, outcomes(0.1, 0.2, 0.0, 0.1), outcomes(0.5, 0.6, 0.7, 0.5))
    base = outcomes(0.2, 0.5, 0.1, 0.3)
    figures = scale.figures(outcomes(0.2, 0.5, 0.1, 0.3), base)
    assert figures.gap_over_reference is not None
    over = figures.gap_over_reference
    assert (over.value, over.low, over.high) == pytest.approx((0, 0, 0))


def test_scenes_are_drawn_whole() -> None:
    # Two scenes, of three questions and of one: a draw has both, or one of them twice.
    means = Resampling([7, 7, 7, 9]).means([1.0, 1.0, 1.0, 0.0])
    assert means[0] == pytest.approx(0.75)
    assert set(np.round(means[1:], 6)) == {0.0, 0.75, 1.0}
    found = interval(means)
    assert (found.low, found.high) == (0.0, 1.0)


def test_the_same_scenes_give_the_same_interval() -> None:
    values = [0.1, 0.4, 0.3, 0.9]
    assert interval(RESAMPLING.means(values)) == interval(Resampling([0, 0, 1, 2]).means(values))


def test_a_share_of_nothing_is_nothing() -> None:
    same = outcomes(0.1, 0.1, 0.1, 0.1, elsewhere=0.1)
    figures = Scale(RESAMPLING, same, same).figures(same)
    assert (figures.gap_share.value, figures.lift_share.value) == (0.0, 0.0)
