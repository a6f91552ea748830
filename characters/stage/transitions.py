"""Count who speaks after whom in a script, and estimate who speaks next, with back-off. Pure."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from copy import copy
from itertools import groupby
from typing import Self

_SMOOTHING = 2.0
"""Observations that the shorter context counts as: a Dirichlet prior, as MacKay and Peto's model
of language has (1995)."""


class Transitions:
    """Estimate the next speaker from the two before, or from fewer where those are rare."""

    def __init__(self, scenes: Iterable[Sequence[Hashable]]) -> None:
        """Count the speakers of each scene's lines; lines of one speaker in a row are one."""
        self._counts: dict[tuple[Hashable, ...], Counter[Hashable]] = {}
        self._counted_as: Mapping[Hashable, Hashable] = {}
        for scene in scenes:
            speakers = [speaker for speaker, _ in groupby(scene)]
            for at, speaker in enumerate(speakers):
                for length in range(3):
                    if at >= length:
                        context = tuple(speakers[at - length : at])
                        self._counts.setdefault(context, Counter())[speaker] += 1

    def asked_by(self, counted_as: Mapping[Hashable, Hashable]) -> Self:
        """Return the same counts, asked by other keys: ``counted_as`` has each one's key here."""
        other = copy(self)
        other._counted_as = counted_as
        return other

    def probabilities(
        self, before: Sequence[Hashable], among: Collection[Hashable]
    ) -> dict[Hashable, float]:
        """Return how likely each of ``among`` speaks next; they add up to 1.

        ``before`` are the speakers so far, newest last. A speaker without lines gets what the
        smoothing leaves.
        """
        if not among:
            return {}
        keys = {each: self._counted_as.get(each, each) for each in among}
        speakers = [self._counted_as.get(speaker, speaker) for speaker, _ in groupby(before)]
        likely = dict.fromkeys(among, 1 / len(among))
        for length in range(min(2, len(speakers)) + 1):
            context = tuple(speakers[len(speakers) - length :])
            counts = self._counts.get(context, Counter[Hashable]())
            seen = sum(counts[key] for key in keys.values())
            likely = {
                each: (counts[key] + _SMOOTHING * likely[each]) / (seen + _SMOOTHING)
                for each, key in keys.items()
            }
        return likely
