"""Pack named arrays into one byte string, read without copying them.

Layout, little-endian: 8 bytes ``OFFBSEC1``, the length of a table (uint32), the table (JSON:
metadata, and name, type, shape and offset of each array), then the arrays, each at a multiple of
64 bytes after the start.
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DamagedIndexError

_MAGIC = b"OFFBSEC1"
_LENGTH = struct.Struct("<I")
_TABLE = len(_MAGIC) + _LENGTH.size
_ALIGNMENT = 64


@dataclass(frozen=True, slots=True)
class Sections:
    """Hold metadata and arrays as read; the arrays are read-only views of all the bytes."""

    metadata: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


def pack_sections(metadata: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the bytes of ``metadata``, small JSON metadata, and of arrays.

    Arrays are numeric or boolean, of any shape.
    """
    written, table, offset = [], [], 0
    for name, array in arrays.items():
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        table.append([name, little.dtype.str, list(array.shape), offset])
        content = little.tobytes()
        padding = -len(content) % _ALIGNMENT
        written += [content, bytes(padding)]
        offset += len(content) + padding
    header = json.dumps({"about": metadata, "arrays": table}, ensure_ascii=False).encode()
    header += b" " * (-(_TABLE + len(header)) % _ALIGNMENT)
    return b"".join([_MAGIC, _LENGTH.pack(len(header)), header, *written])


def unpack_sections(data: bytes) -> Sections:
    """Return the metadata and arrays that :func:`pack_sections` wrote.

    Raises :class:`~retrieval.errors.DamagedIndexError` for other or truncated bytes.
    """
    if not data.startswith(_MAGIC):
        raise DamagedIndexError("not made of sections: another version may have written it")
    try:
        [length] = _LENGTH.unpack_from(data, len(_MAGIC))
        first = _TABLE + length
        header = json.loads(data[_TABLE:first])
        arrays = {
            name: _section(data, np.dtype(kind), shape, first + offset)
            for name, kind, shape, offset in header["arrays"]
        }
        return Sections(header["about"], arrays)
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise DamagedIndexError(f"sections that are damaged or cut short: {error}") from error


def _section(data: bytes, kind: np.dtype[Any], shape: list[int], start: int) -> NDArray[Any]:
    if not math.prod(shape):  # an empty last array may begin where the bytes end
        return np.zeros(shape, dtype=kind)
    found = np.frombuffer(data, kind, count=math.prod(shape), offset=start).reshape(shape)
    return found.astype(kind.newbyteorder("="), copy=False)
