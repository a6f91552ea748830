"""Make up lines and vectors whose statistics are like those of real ones."""

import random

import numpy as np

from retrieval.embedding.port import Vectors

_LETTERS = [chr(0x4E00 + number) for number in range(2_500)]
_FREQUENCIES = [1 / (number + 3) for number in range(2_500)]
"""Letters are as unequally frequent as words are (Zipf)."""


def random_line(source: random.Random) -> str:
    """Return a line of 4 to 30 characters."""
    return "".join(source.choices(_LETTERS, _FREQUENCIES, k=source.randint(4, 30)))


def unit_length(vectors: Vectors) -> Vectors:
    """Return the vectors, ``float32[n, d]``, L2-normalised."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
