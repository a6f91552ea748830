"""Losses on held-out rows, worked out by hand."""

import math

import pytest

from app.tools.training.adapters.encoding import Encoded
from app.tools.training.adapters.held_out import HeldOut, Scored


def row(scene: str, tokens: int, rejected: list[int] | None = None) -> Encoded:
    return Encoded(
        prompt=[1], reply=[2] * tokens, rejected=rejected, end=[0], scene=scene, size=3 * tokens
    )


def test_the_loss_of_replies_is_by_token() -> None:
    held_out = HeldOut([row("a", 1), row("a", 3), row("b", 4)], beta=0.1)
    before = [Scored(-4.0), Scored(-6.0), Scored(-6.0)]
    after = [Scored(-3.0), Scored(-3.0), Scored(-2.0)]
    assert held_out.scenes == 2
    assert (held_out.loss(before, before), held_out.loss(after, before)) == (2.0, 1.0)
    figures = held_out.figures(before, after)
    assert figures["loss"] == {"before": 2.0, "after": 1.0}
    gain = figures["nats_a_token"]["gain"]
    # Scene a gains 4 nats in 4 tokens, scene b 4 in 4: every resampling gains 1 a token.
    assert (gain["value"], gain["low"], gain["high"]) == pytest.approx((1.0, 1.0, 1.0))
    assert "margin" not in figures


def test_the_loss_of_pairs_is_of_their_margin() -> None:
    held_out = HeldOut([row("a", 2, [5]), row("b", 2, [5])], beta=0.5)
    before = [Scored(-5.0, -5.0), Scored(-4.0, -2.0)]
    after = [Scored(-3.0, -7.0), Scored(-4.0, -1.0)]
    # Margins: 0.5 * (2 - -2) = 2, and 0.5 * (0 - 1) = -0.5.
    assert held_out.loss(before, before) == pytest.approx(math.log(2))
    expected = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(0.5))) / 2
    assert held_out.loss(after, before) == pytest.approx(expected)
    figures = held_out.figures(before, after)
    assert figures["margin"]["value"] == pytest.approx(0.75)
    assert figures["preferred"]["value"] == 0.5


def test_a_margin_far_below_zero_is_no_overflow() -> None:
    held_out = HeldOut([row("a", 2, [5])], beta=1.0)
    loss = held_out.loss([Scored(-2_000.0, 0.0)], [Scored(0.0, 0.0)])
    assert loss == pytest.approx(2_000.0)
