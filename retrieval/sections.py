"""Pack named arrays into one byte string.

Plain sections are read without copying them. Layout, little-endian: 8 bytes ``OFFBSEC1``, the
length of a table (uint32), the table (JSON: metadata, and name, type, shape and offset of each
array), then the arrays, each at a multiple of 64 bytes after the start.

Compressed sections begin with ``OFFBSEC2``. Their table also has the length and the codec of each
array; see :mod:`retrieval.codecs`.
"""

import json
import math
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.codecs import CodecError, compress, decompress
from retrieval.errors import DamagedIndexError

_PLAIN = b"OFFBSEC1"
_COMPRESSED = b"OFFBSEC2"
_LENGTH = struct.Struct("<I")
_TABLE = len(_PLAIN) + _LENGTH.size
_ALIGNMENT = 64


@dataclass(frozen=True, slots=True)
class Sections:
    """Hold metadata and arrays as read; the arrays are read-only."""

    metadata: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]

    @property
    def nbytes(self) -> int:
        """The memory of the arrays."""
        return sum(array.nbytes for array in self.arrays.values())


def pack_sections(metadata: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the bytes of ``metadata``, small JSON metadata, and of arrays.

    Arrays are numeric or boolean, of any shape.
    """
    written, table, offset = [], [], 0
    for name, array in arrays.items():
        little = _little(array)
        table.append([name, little.dtype.str, list(array.shape), offset])
        content = little.tobytes()
        padding = -len(content) % _ALIGNMENT
        written += [content, bytes(padding)]
        offset += len(content) + padding
    return _joined(_PLAIN, metadata, table, written)


def pack_compressed(
    metadata: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    texts: Collection[str] = (),
) -> bytes:
    """Return smaller bytes than :func:`pack_sections`, which take longer to read.

    ``texts`` are the names of arrays that hold text.
    """
    written, table, offset = [], [], 0
    for name, array in arrays.items():
        little = _little(array)
        codec, content = compress(little, is_text=name in texts)
        shape = list(array.shape)
        table.append([name, little.dtype.str, shape, offset, len(content), codec])
        written.append(content)
        offset += len(content)
    return _joined(_COMPRESSED, metadata, table, written)


def is_sections(data: bytes) -> bool:
    """Return whether the bytes begin as sections do."""
    return data.startswith((_PLAIN, _COMPRESSED))


def unpack_sections(data: bytes) -> Sections:
    """Return the metadata and arrays that either function wrote.

    Raises :class:`~retrieval.errors.DamagedIndexError` for other or truncated bytes.
    """
    if not is_sections(data):
        raise DamagedIndexError("not made of sections: another version may have written it")
    read = _section if data.startswith(_PLAIN) else _compressed_section
    try:
        [length] = _LENGTH.unpack_from(data, len(_PLAIN))
        first = _TABLE + length
        header = json.loads(data[_TABLE:first])
        arrays = {
            name: read(data, np.dtype(kind), shape, first + offset, *how)
            for name, kind, shape, offset, *how in header["arrays"]
        }
        return Sections(header["about"], arrays)
    except (struct.error, ValueError, KeyError, TypeError, CodecError) as error:
        raise DamagedIndexError(f"sections that are damaged or cut short: {error}") from error


def _little(array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))


def _joined(
    magic: bytes, metadata: Mapping[str, Any], table: list[list[Any]], written: list[bytes]
) -> bytes:
    header = json.dumps({"about": metadata, "arrays": table}, ensure_ascii=False).encode()
    header += b" " * (-(_TABLE + len(header)) % _ALIGNMENT)
    return b"".join([magic, _LENGTH.pack(len(header)), header, *written])


def _section(data: bytes, kind: np.dtype[Any], shape: list[int], start: int) -> NDArray[Any]:
    if not math.prod(shape):  # an empty last array may begin where the bytes end
        return np.zeros(shape, dtype=kind)
    found = np.frombuffer(data, kind, count=math.prod(shape), offset=start).reshape(shape)
    return found.astype(kind.newbyteorder("="), copy=False)


def _compressed_section(
    data: bytes, kind: np.dtype[Any], shape: list[int], start: int, length: int, codec: str
) -> NDArray[Any]:
    content = memoryview(data)[start : start + length]
    if len(content) != length:
        raise ValueError("an array is cut short")
    found = decompress(content, codec, kind, math.prod(shape)).reshape(shape)
    return found.astype(kind.newbyteorder("="), copy=False)
