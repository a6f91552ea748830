"""How varied texts are, at equal size."""

from collections import Counter
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.judging.distinct import (
    Ngrams,
    count_ngrams,
    distinct_figures,
    distinct_share,
    equal_shares,
)


def counted(*times: int) -> Ngrams:
    """As many distinct n-grams as numbers, each so often."""
    return Counter({(str(at),): each for at, each in enumerate(times)})


COUNTS = st.lists(st.integers(1, 4), min_size=1, max_size=5)


def test_ngrams_never_reach_into_another_text() -> None:
    assert count_ngrams(["潮水来了", "来了"], 2) == {
        ("潮", "水"): 1,
        ("水", "来"): 1,
        ("来", "了"): 2,
    }
    assert count_ngrams(["The tide, the tide"], 1) == {("the",): 2, ("tide",): 2}
    assert count_ngrams(["一二"], 3) == {}


def test_all_of_a_set_is_the_plain_share() -> None:
    ngrams = count_ngrams(["潮水来了", "来了"], 2)
    assert distinct_share(ngrams) == 3 / 4
    assert distinct_share(Counter()) == 0.0


def test_a_draw_of_two_by_hand() -> None:
    # Of a a b, two drawn are a a (one pair of three: 1 distinct) or a b (two pairs: 2 distinct).
    ngrams = counted(2, 1)
    assert distinct_share(ngrams, 2) == pytest.approx((1 / 3 * 1 + 2 / 3 * 2) / 2)
    with pytest.raises(ValueError, match="cannot be drawn"):
        distinct_share(ngrams, 4)


@given(COUNTS, st.data())
def test_the_expectation_is_that_of_every_draw(counts: list[int], data: st.DataObject) -> None:
    ngrams = counted(*counts)
    size = data.draw(st.integers(1, sum(counts)))
    drawn = [len(set(each)) / size for each in combinations(list(ngrams.elements()), size)]
    assert distinct_share(ngrams, size) == pytest.approx(sum(drawn) / len(drawn))


@given(COUNTS)
def test_a_larger_draw_is_never_more_varied(counts: list[int]) -> None:
    ngrams = counted(*counts)
    shares = [distinct_share(ngrams, size) for size in range(1, sum(counts) + 1)]
    assert all(one >= other - 1e-9 for one, other in pairwise(shares))


def test_sides_are_compared_at_the_size_of_the_smallest() -> None:
    small, large = counted(1, 1), counted(2, 1)
    assert equal_shares([small, large]) == pytest.approx([1.0, 5 / 6])
    assert equal_shares([Counter(), large]) == [0.0, 0.0]


def test_figures_of_two_sides() -> None:
    # Each scene says the same on one side, and something else every time on the other.
    same, varied = ["海海"] * 4, ["一二", "三四", "五六", "七八"]
    found = distinct_figures({"same": same, "varied": varied}, [0, 0, 1, 2], 1)
    assert found.shares["same"].value == 1 / 8
    assert found.shares["varied"].value == 1.0
    gap = found.differences["same", "varied"]
    assert gap.value == pytest.approx(-7 / 8)
    # Leaving out the scene of two questions leaves 1/4, either other scene 1/6: the jackknife's
    # variance is 2/3 of the squares around 7/36.
    spread = (2 / 3 * ((1 / 4 - 7 / 36) ** 2 + 2 * (1 / 6 - 7 / 36) ** 2)) ** 0.5
    assert gap.low == pytest.approx(-7 / 8 - 1.96 * spread)
    assert gap.high == pytest.approx(-7 / 8 + 1.96 * spread)


def test_a_single_scene_has_no_interval() -> None:
    found = distinct_figures({"one": ["海海"], "other": ["一二"]}, ["a"], 1)
    assert found.shares["one"].low == found.shares["one"].high == 1 / 2
