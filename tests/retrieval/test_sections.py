"""Arrays there and back, without copies or compressed."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.errors import DamagedIndexError
from retrieval.sections import pack_compressed, pack_sections, unpack_sections


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


def test_compressed_there_and_back() -> None:
    arrays: dict[str, NDArray[Any]] = {
        "numbers": np.array([[1, -2, 3], [4, 5, 70_000]], dtype=">i4"),
        "halves": np.array([0.5, -2.0], dtype=np.float16),
        "truths": np.array([True, False, True]),
        "nothing": np.zeros((0, 4), dtype=np.float32),
        "said": np.frombuffer("灯塔".encode() * 2_000, dtype=np.uint8),
    }
    data = pack_compressed({"name": "灯"}, arrays, texts=["said"])
    assert len(data) < 1_000
    found = unpack_sections(data)
    assert found.metadata == {"name": "灯"}
    for name, array in arrays.items():
        assert found.arrays[name].dtype == array.dtype.newbyteorder("=")
        assert found.arrays[name].tolist() == array.tolist()
        assert found.arrays[name].shape == array.shape
        assert not found.arrays[name].flags.writeable or not array.size
    assert found.nbytes == 24 + 4 + 3 + 0 + 12_000


def test_damaged_compressed_ones_are_refused() -> None:
    data = pack_compressed({}, {"numbers": np.arange(100), "said": np.zeros(9, np.uint8)}, ["said"])
    another = data.replace(b'"zlib"', b'"zstd"')
    longer = data.replace(b"[100]", b"[101]")
    for broken in (data[:10], data[:100], data[:-1], data[:-30] + bytes(30), another, longer):
        with pytest.raises(DamagedIndexError):
            unpack_sections(broken)
