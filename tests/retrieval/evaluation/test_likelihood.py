"""Likelihoods worked out by hand, and how they are resampled."""

import math

import pytest

from retrieval.evaluation.likelihood import Likelihood, difference, level

ONE = [
    Likelihood("a", -2.0, tokens=4, size=8),
    Likelihood("a", -4.0, tokens=2, size=4),
    Likelihood("b", -9.0, tokens=6, size=12),
]
"""Two scenes: -6 nats in 6 tokens, and -9 nats in 6 tokens."""


def test_a_level_is_the_sum_over_all_tokens_and_bytes() -> None:
    found = level(ONE)
    # 15 nats in 12 tokens and in 24 bytes: a long reply weighs as much as it has tokens.
    assert found.nats_a_token.value == pytest.approx(-15 / 12)
    assert found.bits_a_byte.value == pytest.approx(15 / 24 / math.log(2))
    assert found.replies == 3


def test_its_interval_is_that_of_whole_scenes() -> None:
    found = level(ONE).nats_a_token
    # A draw has both scenes, or the first twice (-1), or the second twice (-1.5).
    assert (found.low, found.high) == pytest.approx((-1.5, -1.0))


def test_a_difference_is_the_gain_of_the_same_replies() -> None:
    less = [
        Likelihood("a", -4.0, tokens=4, size=8),
        Likelihood("a", -5.0, tokens=2, size=4),
        Likelihood("b", -12.0, tokens=6, size=12),
    ]
    found = difference(ONE, less)
    # Gains of 2, 1 and 3 nats: 6 in 12 tokens, in 3 replies.
    assert found.nats_a_token.value == pytest.approx(6 / 12)
    assert found.bits_a_reply.value == pytest.approx(2 / math.log(2))
    # 3 nats of each scene: in two replies of one, in one of the other.
    assert found.bits_a_reply.low == pytest.approx(1.5 / math.log(2))
    assert found.bits_a_reply.high == pytest.approx(3 / math.log(2))
    assert found.is_significant
    back = difference(less, ONE)
    assert back.bits_a_reply.value == pytest.approx(-2 / math.log(2))
    assert back.is_significant


def test_gains_that_differ_in_sign_between_scenes_show_nothing() -> None:
    other = [
        Likelihood("a", -1.0, tokens=4, size=8),
        Likelihood("a", -3.0, tokens=2, size=4),
        Likelihood("b", -12.0, tokens=6, size=12),
    ]
    found = difference(ONE, other)
    assert found.nats_a_token.low < 0 < found.nats_a_token.high
    assert not found.is_significant


@pytest.mark.parametrize(
    "other",
    [
        ONE[:2],
        [ONE[1], ONE[0], ONE[2]],
        [*ONE[:2], Likelihood("c", -9.0, tokens=6, size=12)],
    ],
)
def test_other_replies_are_not_compared(other: list[Likelihood]) -> None:
    with pytest.raises(ValueError, match="not of the same replies"):
        difference(ONE, other)
