"""Similarities between the replies of a character, in a form that a turn can sum over."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25.overlap import Overlap

Floats = NDArray[np.float32]

LANDMARKS = 192
"""Replies that stand for all where there are more: see :func:`factor`."""

NEIGHBOURS = 8
"""Replies before and behind one in its scene that it is never compared with."""

_ROUNDING = 1e-5
_SMALLEST_EIGENVALUE = 1e-3


class Kernel:
    """A symmetric similarity S of ``n`` replies, as factors ``F`` with ``S ≈ F Fᵀ``.

    A reply says nothing about itself, nor about those next to it in its scene: these pairs are
    taken out of every sum, up to :data:`NEIGHBOURS` replies apart.
    """

    def __init__(self, factors: Floats, bands: Floats) -> None:
        """``factors``: ``Fᵀ``, ``(rank, n)``. ``bands``: row ``k`` holds what ``F Fᵀ`` says of
        replies ``i`` and ``i + k``; 0 where they are not of one scene."""
        self.factors = factors
        self.bands = bands

    @classmethod
    def build(cls, factors: Floats, scenes: NDArray[np.int32]) -> "Kernel":
        """``factors``: ``Fᵀ``, ``(rank, n)``. ``scenes``: the scene of each reply; those of one
        scene follow each other."""
        bands = neighbourhoods(scenes)
        size = len(scenes)
        for apart in range(len(bands)):
            products = np.einsum("dn,dn->n", factors[:, : size - apart], factors[:, apart:])
            bands[apart, : size - apart] *= products
        return cls(factors, bands)

    def means(self, weights: Floats, same_scene: Floats) -> Floats:
        """For every reply the mean similarity with the others, by their weights.

        ``weights``: ``(n, k)`` for k means at once, not negative; returns ``(n, k)``, 0 where no
        other reply counts. ``same_scene``: :func:`neighbourhoods` of the scenes.
        """
        sums = ((self.factors @ weights).T @ self.factors).T
        sums -= _banded(self.bands, weights)
        every = weights.sum(axis=0)
        others = every - _banded(same_scene, weights)
        # Where no other counts, what is left of the difference is rounding.
        means: Floats = np.zeros_like(sums)
        np.divide(sums, others, out=means, where=others > _ROUNDING * every)
        return means


def neighbourhoods(scenes: NDArray[np.int32]) -> Floats:
    """Bands of ones, as :class:`Kernel` takes its sums out of: ``(k, n)``.

    ``k`` is at most 9, and no more than the longest scene needs.
    """
    size = len(scenes)
    bands = np.zeros((NEIGHBOURS + 1, size), dtype=np.float32)
    for apart in range(min(NEIGHBOURS + 1, size)):
        bands[apart, : size - apart] = scenes[: size - apart] == scenes[apart:]
    return bands[: max(1, int(bands.any(axis=1).sum()))]


def factor(texts: Sequence[str], overlap: Overlap, landmarks: int = LANDMARKS) -> Floats:
    """``Fᵀ`` with ``F Fᵀ`` the similarities of the texts, shape ``(at most landmarks, n)``.

    ``overlap`` knows the texts. Up to so many landmarks it is exact; beyond, the Nyström method
    (Williams and Seeger 2000, "Using the Nyström method to speed up kernel machines") with
    evenly spaced ones: what two texts have in common with the landmarks stands for what they
    have in common with each other. The factors are rounded to half precision, as they are stored.
    """
    size = len(texts)
    if size == 0:
        return np.zeros((0, 0), dtype=np.float32)
    chosen = np.unique(np.linspace(0, size - 1, min(size, landmarks)).astype(int))
    rows = overlap.matrix(texts[at] for at in chosen).astype(np.float64)
    values, vectors = np.linalg.eigh(rows[:, chosen])
    kept = values > _SMALLEST_EIGENVALUE
    factors = (vectors[:, kept] / np.sqrt(values[kept])).T @ rows
    return np.asarray(factors.astype(np.float16), dtype=np.float32)


def _banded(bands: Floats, weights: Floats) -> Floats:
    """The product with the symmetric banded matrix whose upper half is given."""
    product: Floats = bands[0][:, None] * weights
    size = len(weights)
    for apart in range(1, len(bands)):
        band = bands[apart, : size - apart][:, None]
        product[: size - apart] += band * weights[apart:]
        product[apart:] += band * weights[: size - apart]
    return product
