"""Read and write the vectors that come with the samples, so that a first start embeds nothing.

A vector is found by the hash of its text: a changed text has another hash and is embedded as any
other. ``make sample-vectors`` writes the file.
"""

from collections.abc import Collection, Iterable, Mapping
from importlib.resources import files
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from retrieval.blobs import to_blob
from retrieval.embedding.port import Embedder, Vectors
from retrieval.errors import DamagedIndexError
from retrieval.sections import pack_sections, unpack_sections

_HASH_BYTES = 32

log = structlog.get_logger(__name__)


def sample_vectors_path() -> Path:
    """Return where the samples' vectors lie in this installation."""
    return Path(str(files("characters") / "samples" / "vectors.bin"))


class ShippedVectors:
    """Hold vectors by text hash, in half precision: a cosine moves by about .00002."""

    def __init__(self, rows: Mapping[bytes, NDArray[np.float16]]) -> None:
        """Take the vectors by text hash."""
        self._rows = rows

    @classmethod
    def load(cls, path: Path, embedder: Embedder) -> "ShippedVectors":
        """Return the vectors of a file, or none where another embedder made them.

        A file that is missing or cannot be read is logged: it costs time, and no result.
        """
        try:
            stored = unpack_sections(path.read_bytes())
            if stored.metadata["model_id"] != embedder.model_id:
                return cls({})
            hashes, rows = stored.arrays["hashes"], stored.arrays["vectors"]
            if hashes.shape != (len(rows), _HASH_BYTES) or rows.shape[1:] != (embedder.dimension,):
                raise DamagedIndexError(f"{hashes.shape} hashes of {rows.shape} vectors")
        except (OSError, DamagedIndexError, KeyError) as error:
            log.warning("shipped_vectors_unreadable", path=str(path), error=str(error))
            return cls({})
        return cls({each.tobytes(): row for each, row in zip(hashes, rows, strict=True)})

    @property
    def hashes(self) -> Collection[bytes]:
        """The texts that have a vector."""
        return self._rows.keys()

    def find(self, hashes: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
        """Return (text hash, vector as stored) of the texts that have one."""
        found = ((key_hash, self._rows.get(key_hash)) for key_hash in hashes)
        return [(key_hash, _restored(row)) for key_hash, row in found if row is not None]


def _restored(row: NDArray[np.float16]) -> bytes:
    full = row.astype(np.float32)
    return to_blob(full / np.float32(np.linalg.norm(full)))


def dump_vectors(model_id: str, vectors: Mapping[bytes, Vectors]) -> bytes:
    """Return the file of vectors by text hash, in an order that does not depend on theirs."""
    hashes = sorted(vectors)
    return pack_sections(
        {"model_id": model_id},
        {
            "hashes": np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, _HASH_BYTES),
            "vectors": np.array([vectors[each] for each in hashes], dtype=np.float16),
        },
    )
