"""Measure how well classifiers distinguish a cast on held-out true lines. Pure."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.judging.cast import HeldOutLine
from retrieval.evaluation.intervals import Interval, Resampling, interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Hold how often a classifier names the speaker of a held-out true line."""

    accuracy: Interval
    """Share of the lines named right, each speaker counting alike."""
    chance: float
    """The same of one who guesses."""
    lines: int
    scenes: int
    confusion: Mapping[str, Mapping[str, int]]
    """Number of lines by true speaker, then by the one named."""


def accuracy_of(lines: Sequence[HeldOutLine]) -> Accuracy:
    """Return the accuracy on at least one held-out line; scenes are resampled."""
    speakers = sorted({line.speaker for line in lines})
    resampling = Resampling([line.scene for line in lines])
    shares = []
    for who in speakers:
        said = resampling.means([float(line.speaker == who) for line in lines])
        right = resampling.means([float(line.speaker == line.named == who) for line in lines])
        # A draw of scenes without a speaker has nothing of theirs to name.
        shares.append(np.divide(right, said, out=np.full_like(right, np.nan), where=said > 0))
    confusion = {
        who: dict(Counter(line.named for line in lines if line.speaker == who)) for who in speakers
    }
    return Accuracy(
        accuracy=interval(np.nanmean(np.array(shares), axis=0)),
        chance=1 / len({*speakers, *(line.named for line in lines)}),
        lines=len(lines),
        scenes=len({line.scene for line in lines}),
        confusion=confusion,
    )


def mean_difference(
    scenes: Sequence[Hashable], one: Sequence[float], other: Sequence[float]
) -> Interval:
    """Return the mean of ``one`` less that of ``other`` at the same questions."""
    gap = [left - right for left, right in zip(one, other, strict=True)]
    return interval(resampling_of(scenes).means(gap))


def resampling_of(scenes: Sequence[Hashable]) -> Resampling:
    """Return a resampling of scenes by any key, such as (character, number)."""
    numbers: dict[Hashable, int] = {}
    return Resampling([numbers.setdefault(scene, len(numbers)) for scene in scenes])
