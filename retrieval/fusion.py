"""Several rankings as one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_K = 60
"""Of Cormack, Clarke and Büttcher 2009 (https://doi.org/10.1145/1571941.1572114)."""


def ranks(scores: Floats) -> NDArray[np.int64]:
    """The 1-based rank of each score, the highest first; equal scores share the better rank."""
    ordered = np.sort(-scores)
    return np.searchsorted(ordered, -scores, side="left") + 1


def fuse(rankings: Sequence[Floats]) -> Floats:
    """Reciprocal rank fusion: ``sum over rankings of 1 / (60 + rank)``, shape ``(n,)``.

    ``rankings``: one score for each candidate, higher is better. Raises :class:`ValueError` for
    none.
    """
    if not rankings:
        raise ValueError("there is no ranking to fuse")
    fused = sum(1.0 / (_K + ranks(scores)) for scores in rankings)
    return np.asarray(fused, dtype=np.float32)
