"""Reciprocal rank fusion, by hand."""

import numpy as np
import pytest

from retrieval.ranking.fusion import fuse, ranks


def test_equal_scores_share_the_better_rank() -> None:
    scores = np.array([0.5, 0.9, 0.5, 0.1], dtype=np.float32)
    assert ranks(scores).tolist() == [2, 1, 2, 4]


def test_the_reciprocals_of_the_ranks_add_up() -> None:
    one = np.array([3.0, 2.0, 1.0], dtype=np.float32)  # ranks 1 2 3
    other = np.array([0.0, 5.0, 5.0], dtype=np.float32)  # ranks 3 1 1
    expected = [1 / 61 + 1 / 63, 1 / 62 + 1 / 61, 1 / 63 + 1 / 61]
    assert fuse([ranks(one), ranks(other)]) == pytest.approx(expected)


def test_there_must_be_a_ranking() -> None:
    with pytest.raises(ValueError, match="no ranking"):
        fuse([])
