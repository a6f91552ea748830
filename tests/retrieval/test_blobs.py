import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.blobs import from_blob, to_blob
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
