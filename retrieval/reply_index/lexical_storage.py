"""Convert a character's BM25 indexes to and from small arrays.

The indexes have most tokens in common, so the codes are stored once, as differences, with a bit for
each index that has them. Scores are computed anew from how often a token occurs. ``FORMAT`` 3 of
:mod:`retrieval.reply_index.storage` stored each index as it is used.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25.index import DROPPED_BITS, Bm25Index
from retrieval.reply_index.index import LexicalIndexes

_NAMES = ("keys", "pairs", "replies", "replies_unigrams", "previous")
_CODE_BYTES = 5

Arrays = Mapping[str, NDArray[Any]]


def dump_lexical(lexical: LexicalIndexes) -> dict[str, NDArray[Any]]:
    """Return the arrays of the indexes, which were built and not loaded from format 3."""
    indexes: dict[str, Bm25Index] = {name: getattr(lexical, name) for name in _NAMES}
    tokens = np.unique(np.concatenate([index.tokens for index in indexes.values()]))
    gaps = np.diff(tokens, prepend=np.uint64(0)).astype("<u8")
    arrays: dict[str, NDArray[Any]] = {
        "token_gaps": gaps.view(np.uint8).reshape(-1, 8)[:, :_CODE_BYTES].T
    }
    for name, index in indexes.items():
        assert index.times is not None  # noqa: S101 (an index that was built has them)
        frequency = np.diff(index.starts)
        arrays |= {
            f"{name}_tokens": np.packbits(np.isin(tokens, index.tokens)),
            f"{name}_frequency": _small(frequency),
            f"{name}_documents": index.documents.astype(np.min_scalar_type(index.size)),
            f"{name}_times": _small(index.times),
        }
    return arrays


def load_lexical(arrays: Arrays, sizes: Mapping[str, int]) -> LexicalIndexes:
    """Return the indexes of stored arrays; ``sizes`` has the number of texts of each."""
    planes = arrays["token_gaps"]
    gaps = np.zeros((planes.shape[1], 8), dtype=np.uint8)
    gaps[:, :_CODE_BYTES] = planes.T
    tokens = np.cumsum(gaps.view("<u8").ravel().astype(np.uint64), dtype=np.uint64)

    def index(name: str) -> Bm25Index:
        held = np.unpackbits(arrays[f"{name}_tokens"], count=len(tokens)).astype(bool)
        return Bm25Index.of_counts(
            sizes[name],
            tokens[held],
            arrays[f"{name}_frequency"],
            arrays[f"{name}_documents"],
            arrays[f"{name}_times"],
        )

    return LexicalIndexes(**{name: index(name) for name in _NAMES})


def load_plain_lexical(arrays: Arrays, sizes: Mapping[str, int]) -> LexicalIndexes:
    """Return the indexes of format 3, whose codes had 64 bits."""

    def index(name: str) -> Bm25Index:
        return Bm25Index(
            sizes[name],
            arrays[f"{name}_tokens"] >> np.uint64(DROPPED_BITS),
            arrays[f"{name}_starts"],
            arrays[f"{name}_documents"],
            arrays[f"{name}_scores"],
        )

    return LexicalIndexes(**{name: index(name) for name in _NAMES})


def _small(counts: NDArray[Any]) -> NDArray[Any]:
    return counts.astype(np.min_scalar_type(int(counts.max(initial=0))))
