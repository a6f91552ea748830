"""Hold similarities between the replies of a character in a form that a turn can sum over."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25.overlap import Overlap

Floats = NDArray[np.float32]

LANDMARKS = 192
"""Replies that the similarities of more are approximated with: see :func:`factor`."""

NEIGHBOURS = 8
"""Replies before and after a reply in its scene that are excluded from its sums."""

_ROUNDING = 1e-5
_SMALLEST_EIGENVALUE = 1e-3
_STEPS = 4.0
"""Steps in the root mean square of approximate factors: about two bits each once compressed."""
_LARGEST_CODE = 127


class Factors(NamedTuple):
    """Hold factors, ``Fᵀ`` with shape ``(rank, n)``, and the step that all are multiples of."""

    rows: Floats
    step: float | None
    """None for factors of half precision."""


class Kernel:
    """Hold a symmetric similarity S of ``n`` replies as factors ``F`` with ``S ≈ F Fᵀ``.

    A reply is no evidence about itself or its neighbours in the scene: pairs up to
    :data:`NEIGHBOURS` replies apart are excluded from every sum.
    """

    def __init__(self, factors: Floats, bands: Floats, step: float | None = None) -> None:
        """Take ``factors``, ``Fᵀ`` with shape ``(rank, n)``, and ``bands``.

        Row ``k`` of ``bands`` holds ``F Fᵀ`` of replies ``i`` and ``i + k``; 0 for replies of
        different scenes. ``step`` is what the factors are multiples of, if anything.
        """
        self.factors = factors
        self.bands = bands
        self.step = step

    @classmethod
    def build(
        cls, factors: Floats, scenes: NDArray[np.int32], step: float | None = None
    ) -> "Kernel":
        """Return the kernel of ``factors``, ``Fᵀ`` with shape ``(rank, n)``, multiples of ``step``.

        ``scenes`` has the scene of each reply; replies of one scene are contiguous.
        """
        bands = neighbourhoods(scenes)
        size = len(scenes)
        for apart in range(len(bands)):
            products = np.einsum("dn,dn->n", factors[:, : size - apart], factors[:, apart:])
            bands[apart, : size - apart] *= products
        return cls(factors, bands, step)

    def means(self, weights: Floats, same_scene: Floats) -> Floats:
        """Return for every reply the weighted mean similarity with the others.

        ``weights`` are non-negative, ``(n, k)`` for ``k`` means at once; the result is ``(n, k)``,
        0 where no other reply has weight. ``same_scene`` is :func:`neighbourhoods` of the scenes.
        """
        sums = ((self.factors @ weights).T @ self.factors).T
        sums -= _banded(self.bands, weights)
        every = weights.sum(axis=0)
        others = every - _banded(same_scene, weights)
        # Where no other reply has weight, the difference is rounding noise.
        means: Floats = np.zeros_like(sums)
        np.divide(sums, others, out=means, where=others > _ROUNDING * every)
        return means


def neighbourhoods(scenes: NDArray[np.int32]) -> Floats:
    """Return bands of ones for the pairs that :class:`Kernel` excludes, ``(k, n)``.

    ``k`` is at most 9, and no more than the longest scene needs.
    """
    size = len(scenes)
    bands = np.zeros((NEIGHBOURS + 1, size), dtype=np.float32)
    for apart in range(min(NEIGHBOURS + 1, size)):
        bands[apart, : size - apart] = scenes[: size - apart] == scenes[apart:]
    return bands[: max(1, int(bands.any(axis=1).sum()))]


def factor(texts: Sequence[str], overlap: Overlap, landmarks: int = LANDMARKS) -> Factors:
    """Return ``Fᵀ`` with ``F Fᵀ`` the similarities of the texts, shape ``(at most landmarks, n)``.

    ``overlap`` is built over the same texts. With at most ``landmarks`` texts the factors are
    exact; beyond, they are the Nyström approximation (Williams and Seeger 2000, "Using the Nyström
    method to speed up kernel machines") with evenly spaced landmarks. The factors are rounded, as
    they are stored: exact ones to half precision, approximate ones to whole steps.
    """
    size = len(texts)
    if size == 0:
        return Factors(np.zeros((0, 0), dtype=np.float32), None)
    chosen = np.unique(np.linspace(0, size - 1, min(size, landmarks)).astype(int))
    rows = overlap.matrix(texts[at] for at in chosen).astype(np.float64)
    values, vectors = np.linalg.eigh(rows[:, chosen])
    kept = values > _SMALLEST_EIGENVALUE
    factors = (vectors[:, kept] / np.sqrt(values[kept])).T @ rows
    if size <= landmarks or not factors.size:
        return Factors(np.asarray(factors.astype(np.float16), dtype=np.float32), None)
    mean_square = float(np.mean(np.square(factors)))
    largest = float(np.abs(factors).max())
    step = np.float32(max(np.sqrt(mean_square) / _STEPS, largest / _LARGEST_CODE))
    codes = np.clip(np.rint(factors / step), -_LARGEST_CODE, _LARGEST_CODE)
    return Factors(codes.astype(np.float32) * step, float(step))


def _banded(bands: Floats, weights: Floats) -> Floats:
    """Return the product with the symmetric banded matrix whose upper half is ``bands``."""
    product: Floats = bands[0][:, None] * weights
    size = len(weights)
    for apart in range(1, len(bands)):
        band = bands[apart, : size - apart][:, None]
        product[: size - apart] += band * weights[apart:]
        product[apart:] += band * weights[: size - apart]
    return product
