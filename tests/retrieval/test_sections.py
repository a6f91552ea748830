"""Arrays there and back, without copies."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.errors import DamagedIndexError
from retrieval.sections import pack_sections, unpack_sections


def test_there_and_back() -> None:
    arrays: dict[str, NDArray[Any]] = {
        "numbers": np.array([[1, 2, 3], [4, 5, 6]], dtype=np.int32),
        "halves": np.array([0.5, -2.0], dtype=np.float16),
        "truths": np.array([True, False, True]),
        "nothing": np.zeros((0, 4), dtype=np.float32),
    }
    found = unpack_sections(pack_sections({"name": "灯", "of": [1, None]}, arrays))
    assert found.metadata == {"name": "灯", "of": [1, None]}
    for name, array in arrays.items():
        assert found.arrays[name].dtype == array.dtype
        assert found.arrays[name].tolist() == array.tolist()
        assert found.arrays[name].shape == array.shape


def test_little_endian_at_multiples_of_64() -> None:
    data = pack_sections({}, {"one": np.array([1], dtype=">i4"), "two": np.array([2.0], "f4")})
    assert len(data) % 64 == 0
    assert data[-128:-124].hex() == "01000000"
    assert data[-64:-60].hex() == "00000040"


def test_nothing_is_copied() -> None:
    data = pack_sections({}, {"numbers": np.arange(100)})
    numbers = unpack_sections(data).arrays["numbers"]
    assert np.shares_memory(numbers, np.frombuffer(data, dtype=np.uint8))
    assert not numbers.flags.writeable


def test_what_is_no_sections_is_refused() -> None:
    data = pack_sections({"some": "thing"}, {"numbers": np.arange(100)})
    for broken in (
        b"",
        b"PK\x03\x04",
        data[:10],
        data[:40],
        data[:200],
        b"OFFBSEC1" + b"\xff" * 99,
    ):
        with pytest.raises(DamagedIndexError):
            unpack_sections(broken)
