"""Name measured numbers, and compute percentiles and trends of many. Pure."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """Hold one measured number with its target."""

    name: str
    value: float
    unit: str
    target: str = ""
    """A bound such as ``<= 10``, to read; empty without a target."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Hold percentiles of repeated measurements."""

    p50: float
    p95: float
    p99: float


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of the values do not exceed.

    This is the nearest-rank percentile.
    """
    ordered = sorted(values)
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]


def spread(values: Sequence[float]) -> Spread | None:
    """Return the percentiles of the values, or None where nothing was measured."""
    if not values:
        return None
    return Spread(*(percentile(values, share) for share in (0.5, 0.95, 0.99)))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the change of y per unit of x, by least squares; 0 for fewer than two points."""
    if len(points) < 2:
        return 0.0
    return statistics.linear_regression(*zip(*points, strict=True)).slope
