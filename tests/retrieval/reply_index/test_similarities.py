"""Sums over replies of other scenes against sums written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.bm25.overlap import Overlap, chrf_profile
from retrieval.reply_index.similarities import NEIGHBOURS, Kernel, factor, neighbourhoods

LETTERS = st.text("abc潮水", min_size=1, max_size=6)


@settings(deadline=None)
@given(st.lists(st.tuples(LETTERS, st.integers(0, 2)), min_size=1, max_size=12))
def test_means_leave_out_neighbours_of_the_scene(replies: list[tuple[str, int]]) -> None:
    texts = [text for text, _ in replies]
    scenes = np.array(sorted(scene for _, scene in replies), dtype=np.int32)
    weights = np.arange(1, len(texts) + 1, dtype=np.float32)[:, None]
    overlap = Overlap(texts, chrf_profile)
    kernel = Kernel.build(factor(texts, overlap).rows, scenes)
    found = kernel.means(weights, neighbourhoods(scenes))[:, 0]
    similar = overlap.matrix(texts)
    for one in range(len(texts)):
        others = [
            other
            for other in range(len(texts))
            if scenes[other] != scenes[one] or abs(other - one) > NEIGHBOURS
        ]
        total = sum(float(weights[other, 0]) for other in others)
        mean = sum(float(weights[o, 0] * similar[one, o]) for o in others) / max(total, 1e-6)
        assert found[one] == pytest.approx(mean, abs=2e-2)


def test_with_few_landmarks_it_is_an_estimate_that_keeps_the_order() -> None:
    words = ["潮水", "灯塔", "渡船", "大雾", "晚了", "回来", "没有", "知道"]
    texts = [a + b for a in words for b in words]
    overlap = Overlap(texts, chrf_profile)
    exact = overlap.matrix(texts)
    found = factor(texts, overlap, landmarks=24)
    factors = found.rows
    assert found.step is not None
    assert np.rint(factors / found.step) == pytest.approx(factors / found.step, abs=1e-3)
    assert factors.shape[0] <= 24
    estimate = factors.T @ factors
    assert np.corrcoef(exact.ravel(), estimate.ravel())[0, 1] > 0.9


def test_nothing_has_no_factors() -> None:
    assert factor([], Overlap([], chrf_profile)).rows.shape == (0, 0)
