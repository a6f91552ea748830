"""Vectors of one byte a component: one by one, on a grid, and as the version before stored them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.embedding.port import Vectors
from retrieval.errors import DamagedIndexError, DimensionMismatchError
from retrieval.rounding import Grid, RoundedVectors


def test_rounded_vectors_there_and_back() -> None:
    vectors = np.array([[0.6, -0.8, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.004]], dtype=np.float32)
    rounded = RoundedVectors.of(vectors)
    # The largest of a row becomes 127: 0.6 is 95.25 of 0.8's 127.
    assert rounded.rows.tolist() == [[95, -127, 0], [0, 0, 0], [127, 0, 1]]
    again = RoundedVectors.load(rounded.dump(), 3)
    assert again.grid is None
    assert again.take(np.array([2, 0])) == pytest.approx(
        np.array([[1.0, 0.0, 1 / 127], [95 * 0.8 / 127, -0.8, 0.0]]), abs=1e-6
    )
    twice = RoundedVectors.of(again.take(np.arange(3)))
    assert twice.rows.tolist() == rounded.rows.tolist()  # what is rounded stays as it is
    assert len(RoundedVectors.joined([again, rounded])) == 6
    with pytest.raises(IndexError):
        again.take(np.array([3]))


def test_rounded_vectors_of_another_width() -> None:
    with pytest.raises(DimensionMismatchError, match="21 bytes"):
        RoundedVectors.load(bytes(21), 4)
    with pytest.raises(DimensionMismatchError, match="4 dimensions"):
        RoundedVectors.load(RoundedVectors.of(np.zeros((2, 3), dtype=np.float32)).dump(), 4)


@given(st.lists(st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3), max_size=5))
def test_rounding_moves_no_component_by_more_than_half_a_step(rows: list[list[float]]) -> None:
    vectors = np.array(rows, dtype=np.float32).reshape(-1, 3)
    again = RoundedVectors.load(RoundedVectors.of(vectors).dump(), 3).take(np.arange(len(rows)))
    step = np.abs(vectors).max(axis=1, initial=0.0, keepdims=True) / 127
    assert (np.abs(again - vectors) <= 0.5001 * step + 1e-9).all()


def test_a_grid_worked_by_hand() -> None:
    # The mean is (1, 0); the four distances are 1, so the spread is the root of 4 / 8 and a quarter
    # of it .17678.
    vectors = np.array([[2, 0], [0, 0], [1, 1], [1, -1]], dtype=np.float32)
    grid = Grid.fit(vectors)
    assert grid.centre.tolist() == [1.0, 0.0]
    assert grid.step == pytest.approx(np.sqrt(0.5) / 4)
    rounded = RoundedVectors.on(grid, vectors)
    # 1 / .17678 = 5.657
    assert rounded.rows.tolist() == [[6, 0], [-6, 0], [0, 6], [0, -6]]
    again = RoundedVectors.load(rounded.dump(), 2)
    assert again.take(np.array([0])) == pytest.approx(np.array([[1 + 6 * grid.step, 0.0]]))
    assert again.grid is not None
    assert RoundedVectors.on(again.grid, again.take(np.arange(4))).rows.tolist() == (
        rounded.rows.tolist()
    )


def in_one_direction(count: int, dimension: int = 384) -> Vectors:
    """Return unit vectors that share a direction, as an embedder's do."""
    numbers = np.random.default_rng(1)
    vectors = numbers.standard_normal((count, dimension), dtype=np.float32)
    vectors += 2 * numbers.standard_normal(dimension, dtype=np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def test_a_grid_takes_half_a_byte_and_keeps_the_order() -> None:
    vectors = in_one_direction(1_000)
    data = RoundedVectors.on(Grid.fit(vectors), vectors).dump()
    assert len(data) < 0.54 * vectors.size
    again = RoundedVectors.load(data, 384).take(np.arange(len(vectors)))
    before, after = vectors[:50] @ vectors[50:].T, vectors[:50] @ again[50:].T
    assert np.abs(after - before).max() < 0.5 * before.std()
    assert (after - before).std() < 0.002


def test_the_form_of_the_version_before_is_read() -> None:
    scales = np.array([0.5, 0.25], dtype="<f4")
    rows = np.array([[1, -2, 3], [0, 4, 0]], dtype=np.int8)
    read = RoundedVectors.load(scales.tobytes() + rows.tobytes(), 3)
    assert read.take(np.arange(2)).tolist() == [[0.5, -1.0, 1.5], [0.0, 1.0, 0.0]]
    assert read.grid is None


def test_damaged_ones_are_refused() -> None:
    data = RoundedVectors.of(in_one_direction(3)).dump()
    for broken in (data[:-1], data[:100], data[:-9] + bytes(9)):
        with pytest.raises(DamagedIndexError):
            RoundedVectors.load(broken, 384)
