"""Store an index in one file, in the same format for every kind, so that any kind can load it.

Layout, little-endian: 8 bytes ``OFFBKIX1``, SHA-256 of all that follows (32 bytes), dimension
(uint32), count (uint64), the ids (int64), the vectors (float32, row by row).
"""

import hashlib
import os
import struct
import tempfile
from pathlib import Path

import numpy as np

from retrieval.embedding.port import Vectors
from retrieval.errors import DamagedIndexError
from retrieval.vector_index.checks import Ids

_MAGIC = b"OFFBKIX1"
_SHAPE = struct.Struct("<IQ")
_HEADER_BYTES = len(_MAGIC) + hashlib.sha256().digest_size


def write_vectors(path: Path, ids: Ids, vectors: Vectors) -> None:
    """Write ids ``(n,)`` and vectors ``(n, d)``, atomically: a crash leaves the old file."""
    body = (
        _SHAPE.pack(vectors.shape[1], vectors.shape[0])
        + ids.astype("<i8").tobytes()
        + vectors.astype("<f4").tobytes()
    )
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_MAGIC + hashlib.sha256(body).digest())
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_vectors(path: Path) -> tuple[Ids, Vectors]:
    """Return the ids and vectors that :func:`write_vectors` wrote.

    Raises :class:`~retrieval.errors.DamagedIndexError` when the file is missing, unreadable, of
    another format, cut short or altered.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DamagedIndexError(f"cannot read the index file {path}: {error}") from error
    digest, body = content[len(_MAGIC) : _HEADER_BYTES], content[_HEADER_BYTES:]
    if not content.startswith(_MAGIC):
        raise DamagedIndexError(f"{path} is not an index file")
    if hashlib.sha256(body).digest() != digest:
        raise DamagedIndexError(f"the index file {path} is damaged")
    dimension, count = _SHAPE.unpack_from(body)
    ids = np.frombuffer(body, dtype="<i8", count=count, offset=_SHAPE.size)
    vectors = np.frombuffer(body, dtype="<f4", offset=_SHAPE.size + ids.nbytes)
    return ids.astype(np.int64), vectors.reshape(count, dimension).astype(np.float32)
