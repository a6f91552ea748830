"""A report's arithmetic, worked out by hand."""

import pytest

from app.tools.bench.chatting import Round
from app.tools.bench.figures import percentile, slope
from app.tools.bench.load_figures import figures_of
from app.tools.bench.samples import TurnSample


@pytest.mark.parametrize(("share", "value"), [(0.5, 20), (0.51, 30), (0.95, 40), (0.0, 10)])
def test_a_percentile_is_one_of_the_values(share: float, value: float) -> None:
    assert percentile([40, 10, 30, 20], share) == value


def test_figures_of_a_round() -> None:
    first = TurnSample(sent=1.0, pieces=[1.1, 1.12, 1.15], completion_tokens=4, embed_ms=30.0)
    first.prompt_tokens, first.cached_tokens = 100, 80
    second = TurnSample(sent=2.0, pieces=[2.3], prompt_tokens=300, cached_tokens=20)
    failed = TurnSample(sent=3.0, pieces=[3.1], completion_tokens=9, error="503 engine_down")
    figures = figures_of(Round([first, second, failed], seconds=2.5))
    assert (figures.turns, figures.errors) == (3, {"503 engine_down": 1})
    # Four as told, and one piece where nothing was told; the failed turn's nine do not count.
    assert (figures.tokens, figures.tokens_per_second) == (5, 2.0)
    assert figures.cached_share == 0.25
    assert figures.first_token_ms is not None
    assert figures.first_token_ms.p50 == pytest.approx(100)
    assert figures.first_token_ms.p95 == pytest.approx(300)
    assert figures.embed_ms is not None
    assert figures.embed_ms.p50 == 30  # the second turn said nothing about it
    assert figures.gap_ms is not None
    assert (figures.gap_ms.p50, figures.gap_ms.p95) == pytest.approx((20, 30))


def test_a_round_of_failures_has_no_spreads() -> None:
    figures = figures_of(Round([TurnSample(error="away")], seconds=1.0))
    assert figures.first_token_ms is None
    assert figures.gap_ms is None
    assert figures.cached_share is None


def test_the_slope_of_points_around_a_line() -> None:
    # Means 1.5 and 4.5; (1.5·3.5 + 0.5·0.5 + 0.5·1.5 + 1.5·2.5) / (2·1.5² + 2·0.5²) = 10 / 5.
    assert slope([(0, 1), (1, 4), (2, 6), (3, 7)]) == pytest.approx(2.0)
    assert slope([(0, 5)]) == 0
