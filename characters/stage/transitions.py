"""Count who speaks after whom in a script, and estimate who speaks next, with back-off. Pure."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Sequence
from itertools import groupby

_SMOOTHING = 2.0
"""Observations that the shorter context counts as: a Dirichlet prior, as MacKay and Peto's model
of language has (1995)."""


class Transitions:
    """Estimate the next speaker from the two before, or from fewer where those are rare."""

    def __init__(self, scenes: Iterable[Sequence[Hashable]]) -> None:
        """Count the speakers of each scene's lines; lines of one speaker in a row are one."""
        self._counts: dict[tuple[Hashable, ...], Counter[Hashable]] = {}
        for scene in scenes:
            speakers = [speaker for speaker, _ in groupby(scene)]
            for at, speaker in enumerate(speakers):
                for length in range(3):
                    if at >= length:
                        context = tuple(speakers[at - length : at])
                        self._counts.setdefault(context, Counter())[speaker] += 1

    def probabilities(
        self, before: Sequence[Hashable], among: Collection[Hashable]
    ) -> dict[Hashable, float]:
        """Return how likely each of ``among`` speaks next; they add up to 1.

        ``before`` are the speakers so far, newest last. A speaker without lines gets what the
        smoothing leaves.
        """
        if not among:
            return {}
        speakers = [speaker for speaker, _ in groupby(before)]
        likely = dict.fromkeys(among, 1 / len(among))
        for length in range(min(2, len(speakers)) + 1):
            context = tuple(speakers[len(speakers) - length :])
            counts = self._counts.get(context, Counter[Hashable]())
            seen = sum(counts[each] for each in among)
            likely = {
                each: (counts[each] + _SMOOTHING * likely[each]) / (seen + _SMOOTHING)
                for each in among
            }
        return likely
