"""Fold the Norm-Head into an ordinary output layer.

Index computes its logits with ``normalize(lm_head.weight)``: each row divided by its L2 norm, no
scale. The weights do not change while serving, so the conversion divides them once.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_EPS = 1e-12
"""The floor under a norm, as in ``torch.nn.functional.normalize``: a row of zeros stays zeros."""


def normalize_rows(block: NDArray[Any]) -> NDArray[np.float32]:
    """Return the rows at unit length, ``float32[n, d]``, computed in float32."""
    rows: NDArray[np.float32] = block.astype(np.float32)
    norms = np.sqrt(np.sum(rows * rows, axis=1, keepdims=True, dtype=np.float32))
    rows /= np.maximum(norms, np.float32(_EPS))
    return rows
