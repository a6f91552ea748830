"""Compare the likelihood of held-out replies under two contexts, with intervals by scenes. Pure."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from retrieval.evaluation.intervals import Interval, Resampling, interval


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Hold how likely one held-out reply is under one context."""

    scene: Hashable
    """The scene it is from, unique among all compared characters."""
    log_probability: float
    """Natural, of the whole reply."""
    tokens: int
    size: int
    """Bytes in UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Hold the mean likelihood of replies under one context."""

    nats_a_token: Interval
    """Log-probability, natural: closer to zero is likelier."""
    bits_a_byte: Interval
    """Code length: lower is likelier."""
    replies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Hold how much likelier replies are under one context than under another."""

    nats_a_token: Interval
    bits_a_reply: Interval
    replies: int

    @property
    def is_significant(self) -> bool:
        """Whether the interval excludes zero."""
        return self.nats_a_token.low > 0 or self.nats_a_token.high < 0


def level(replies: Sequence[Likelihood]) -> Level:
    """Return the mean likelihood of at least one reply."""
    resampling = _resampling(replies)
    natural = resampling.means([each.log_probability for each in replies])
    tokens = resampling.means([each.tokens for each in replies])
    size = resampling.means([each.size for each in replies])
    return Level(
        nats_a_token=interval(natural / tokens),
        bits_a_byte=interval(-natural / size / math.log(2)),
        replies=len(replies),
    )


def difference(of: Sequence[Likelihood], over: Sequence[Likelihood]) -> Difference:
    """Return how much likelier the same replies, in the same order, are than under the other.

    Both are resampled together. Raises :class:`ValueError` where they are not the same replies.
    """
    if [(each.scene, each.tokens) for each in of] != [(each.scene, each.tokens) for each in over]:
        raise ValueError("the likelihoods compared are not of the same replies")
    resampling = _resampling(of)
    gains = [
        one.log_probability - other.log_probability for one, other in zip(of, over, strict=True)
    ]
    natural = resampling.means(gains)
    tokens = resampling.means([each.tokens for each in of])
    return Difference(
        nats_a_token=interval(natural / tokens),
        bits_a_reply=interval(natural / math.log(2)),
        replies=len(of),
    )


def _resampling(replies: Sequence[Likelihood]) -> Resampling:
    numbers: dict[Hashable, int] = {}
    return Resampling([numbers.setdefault(each.scene, len(numbers)) for each in replies])
