"""Summarize the turns of a round: latencies, throughput, errors. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.tools.bench.chatting import Round
from app.tools.bench.figures import Spread, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFigures:
    """Hold the figures of one side of a run: the service, or the engine alone."""

    turns: int
    errors: dict[str, int]
    tokens: int
    seconds: float
    tokens_per_second: float
    first_token_ms: Spread | None
    """From sending the message to the first piece of text."""
    embed_ms: Spread | None
    """How long each turn waited for its query's vectors, as the service reports it; overlaps with
    other work. None for the engine alone, which embeds nothing."""
    gap_ms: Spread | None
    """Between successive pieces of text of one reply."""
    cached_share: float | None
    """Of prompt tokens; None where the engine does not report it."""


def figures_of(measured: Round) -> LoadFigures:
    """Return the figures of a round; failed turns count as errors and in nothing else."""
    good = [sample for sample in measured.samples if sample.error is None]
    with_text = [sample for sample in good if sample.pieces]
    tokens = sum(sample.tokens for sample in good)
    return LoadFigures(
        turns=len(measured.samples),
        errors=dict(Counter(sample.error for sample in measured.samples if sample.error)),
        tokens=tokens,
        seconds=measured.seconds,
        tokens_per_second=tokens / measured.seconds,
        first_token_ms=spread([sample.first_token_ms for sample in with_text]),
        embed_ms=spread([sample.embed_ms for sample in with_text if sample.embed_ms is not None]),
        gap_ms=spread([gap for sample in with_text for gap in sample.gaps_ms]),
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
