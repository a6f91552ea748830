import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.blobs import RoundedVectors, from_blob, to_blob
from retrieval.errors import DimensionMismatchError


@given(st.lists(st.lists(st.floats(width=32), min_size=3, max_size=3), max_size=5))
def test_there_and_back(rows: list[list[float]]) -> None:
    vectors = np.array(rows, dtype=np.float32).reshape(-1, 3)
    again = from_blob([to_blob(row) for row in vectors], 3)
    assert again.dtype == np.float32
    assert again.flags.writeable
    np.testing.assert_array_equal(again, vectors)


def test_little_endian() -> None:
    assert to_blob(np.array([1.0, -2.0], dtype=np.float32)).hex() == "0000803f000000c0"
    big_endian = np.array([1.0, -2.0], dtype=">f4")
    assert to_blob(big_endian).hex() == "0000803f000000c0"


def test_none() -> None:
    assert from_blob([], 384).shape == (0, 384)


@pytest.mark.parametrize("blob", [b"", b"\0" * 11, b"\0" * 16])
def test_another_length(blob: bytes) -> None:
    with pytest.raises(DimensionMismatchError, match="vector 1 has"):
        from_blob([b"\0" * 12, blob], 3)


def test_more_than_one_vector() -> None:
    with pytest.raises(DimensionMismatchError):
        to_blob(np.zeros((2, 3), dtype=np.float32))


def test_rounded_vectors_there_and_back() -> None:
    vectors = np.array([[0.6, -0.8, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.004]], dtype=np.float32)
    rounded = RoundedVectors.of(vectors)
    # The largest of a row becomes 127: 0.6 is 95.25 of 0.8's 127.
    assert rounded.rows.tolist() == [[95, -127, 0], [0, 0, 0], [127, 0, 1]]
    data = rounded.dump()
    assert len(data) == 3 * (4 + 3)
    again = RoundedVectors.load(data, 3)
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


@given(st.lists(st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3), max_size=5))
def test_rounding_moves_no_component_by_more_than_half_a_step(rows: list[list[float]]) -> None:
    vectors = np.array(rows, dtype=np.float32).reshape(-1, 3)
    again = RoundedVectors.load(RoundedVectors.of(vectors).dump(), 3).take(np.arange(len(rows)))
    step = np.abs(vectors).max(axis=1, initial=0.0, keepdims=True) / 127
    assert (np.abs(again - vectors) <= 0.5001 * step + 1e-9).all()
