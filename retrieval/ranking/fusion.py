"""Fuse several rankings into one."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ranks = NDArray[np.int64]

_K = 60
"""Constant of Cormack, Clarke and Büttcher 2009 (https://doi.org/10.1145/1571941.1572114)."""


def ranks(scores: Floats) -> Ranks:
    """Return the 1-based rank of each score, highest first; equal scores share the better rank."""
    order = np.argsort(-scores)
    ordered = -scores[order]
    found = np.empty(len(scores), dtype=np.int64)
    found[order] = np.searchsorted(ordered, ordered, side="left") + 1
    return found


def fuse(rankings: Iterable[Ranks]) -> Floats:
    """Return the reciprocal rank fusion, ``sum over rankings of 1 / (60 + rank)``, shape ``(n,)``.

    ``rankings`` holds the ranks of all candidates in each ranking. Raises :class:`ValueError`
    without a ranking.
    """
    fused = [1.0 / (_K + ranking) for ranking in rankings]
    if not fused:
        raise ValueError("there is no ranking to fuse")
    return np.asarray(np.sum(fused, axis=0), dtype=np.float32)
