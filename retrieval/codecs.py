"""Compress arrays of numbers and of text.

Numbers are written byte by byte: first the lowest byte of each, then the next, since the bytes of
one place are alike (the *shuffle* filter of HDF5). Then come zlib's codes; where nothing repeats,
as in rounded vectors, Huffman codes alone are smaller and as fast to read. Text, in which the same
lines stand several times far apart, is compressed by LZMA: it looks back 8 MB, zlib only 32 KB.
"""

import lzma
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LEVEL = 6
_MEMORY = 9
_ZLIB = "zlib"
_LZMA = "lzma"
_READING_BYTES = 64_000_000
"""Memory that LZMA may take: the writer's preset needs 9 MB."""


class CodecError(Exception):
    """Report bytes that are not what :func:`compress` wrote."""


def compress(array: NDArray[Any], *, is_text: bool) -> tuple[str, bytes]:
    """Return the codec's name, and the array's bytes in it."""
    content = array.tobytes()
    if is_text:
        return _LZMA, lzma.compress(content, preset=_LEVEL)
    if array.itemsize > 1:
        content = np.frombuffer(content, np.uint8).reshape(-1, array.itemsize).T.tobytes()
    strategies = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY)
    return _ZLIB, min((_deflated(content, each) for each in strategies), key=len)


def decompress(
    content: bytes | memoryview, codec: str, kind: np.dtype[Any], count: int
) -> NDArray[Any]:
    """Return the ``count`` numbers of type ``kind``, read-only, in one dimension.

    Raises :class:`CodecError` for bytes of another size, another codec, or damaged ones.
    """
    size = count * kind.itemsize
    try:
        if codec == _LZMA:
            plain = lzma.LZMADecompressor(memlimit=_READING_BYTES).decompress(content, size + 1)
        elif codec == _ZLIB:
            plain = zlib.decompressobj().decompress(content, size + 1)
        else:
            raise CodecError(f"the codec {codec} is unknown")
    except (lzma.LZMAError, zlib.error) as error:
        raise CodecError(str(error)) from error
    if len(plain) != size:
        raise CodecError(f"{len(plain)} bytes, not {size}")
    if codec == _ZLIB and kind.itemsize > 1:
        plain = np.frombuffer(plain, np.uint8).reshape(kind.itemsize, -1).T.tobytes()
    return np.frombuffer(plain, dtype=kind)


def _deflated(content: bytes, strategy: int) -> bytes:
    made = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS, _MEMORY, strategy)
    return made.compress(content) + made.flush()
