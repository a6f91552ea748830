"""Arithmetic of a report: pure."""

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.tools.bench.chatting import Round


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least ``share`` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]


@dataclass(frozen=True, slots=True)
class Spread:
    """Of many measurements of one thing."""

    p50: float
    p95: float
    p99: float


def spread(values: Sequence[float]) -> Spread | None:
    """None where nothing was measured."""
    if not values:
        return None
    return Spread(*(percentile(values, share) for share in (0.5, 0.95, 0.99)))


@dataclass(frozen=True, slots=True)
class LoadFigures:
    """One side of a run: the service, or the engine alone."""

    turns: int
    errors: dict[str, int]
    tokens: int
    seconds: float
    tokens_per_second: float
    first_token_ms: Spread | None
    """From sending the message to the first piece of text."""
    embed_ms: Spread | None
    """What the service says each turn waited for its query's vectors, beside other things; the
    engine alone embeds nothing."""
    gap_ms: Spread | None
    """Between successive pieces of text of one reply."""
    cached_share: float | None
    """Of prompt tokens; None where the engine does not tell."""


def figures_of(measured: Round) -> LoadFigures:
    """Failed turns count as errors and in nothing else."""
    good = [sample for sample in measured.samples if sample.error is None]
    heard = [sample for sample in good if sample.pieces]
    tokens = sum(sample.tokens for sample in good)
    return LoadFigures(
        turns=len(measured.samples),
        errors=dict(Counter(sample.error for sample in measured.samples if sample.error)),
        tokens=tokens,
        seconds=measured.seconds,
        tokens_per_second=tokens / measured.seconds,
        first_token_ms=spread([sample.first_token_ms for sample in heard]),
        embed_ms=spread([sample.embed_ms for sample in heard if sample.embed_ms is not None]),
        gap_ms=spread([gap for sample in heard for gap in sample.gaps_ms]),
        cached_share=_share(
            [
                (sample.cached_tokens, sample.prompt_tokens)
                for sample in good
                if sample.cached_tokens is not None and sample.prompt_tokens
            ]
        ),
    )


def _share(parts: Sequence[tuple[int, int]]) -> float | None:
    return sum(part for part, _ in parts) / sum(whole for _, whole in parts) if parts else None


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Change of y for one unit of x, by least squares; 0 for fewer than two points."""
    if len(points) < 2:
        return 0.0
    return statistics.linear_regression(*zip(*points, strict=True)).slope
