"""Similarities worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.bm25.overlap import Overlap, bigram_profile, chrf_profile


def test_bigram_f1() -> None:
    # 潮水涨了: 潮水 水涨 涨了. 潮水退了: 潮水 水退 退了. One of three and three shared.
    found = Overlap(["潮水退了", "潮水涨了", "灯"], bigram_profile).similarities("潮水涨了")
    assert found == pytest.approx([2 * 1 / 6, 1.0, 0.0])


def test_a_token_counts_as_often_as_both_have_it() -> None:
    # "a a b" and "a a a": two shared of three and three.
    assert Overlap(["a a a"], bigram_profile).similarities("a a b") == pytest.approx([2 * 2 / 6])


def test_chrf_is_the_mean_of_the_orders_there_are() -> None:
    # "ab" and "abc": 1-grams 2*2/5, 2-grams 2*1/3, 3-grams 0/1.
    assert Overlap(["abc"], chrf_profile).similarities("ab") == pytest.approx([(0.8 + 2 / 3) / 3])
    # Single letters have no longer n-grams, which then do not count.
    assert Overlap(["a", "b"], chrf_profile).similarities("a") == pytest.approx([1.0, 0.0])


def test_nothing_is_like_nothing() -> None:
    assert np.array_equal(Overlap(["", "灯"], chrf_profile).similarities(""), [0, 0])
    assert Overlap(["灯"], bigram_profile).matrix([]).shape == (0, 1)


texts = st.lists(st.text("ab 潮水。", max_size=8), min_size=1, max_size=6)


@pytest.mark.parametrize("profile", [bigram_profile, chrf_profile])
@settings(deadline=None)
@given(texts=texts)
def test_it_is_symmetric_and_within_bounds(profile: object, texts: list[str]) -> None:
    known = Overlap(texts, profile)  # type: ignore[arg-type]  # one of the two
    matrix = known.matrix(texts)
    assert np.allclose(matrix, matrix.T)
    assert ((matrix >= 0) & (matrix <= 1 + 1e-6)).all()
