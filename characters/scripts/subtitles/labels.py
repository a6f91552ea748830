"""Find out which round brackets hold names: ``（ミラ）はい``, not ``(sighs) Yes``."""

from collections import Counter
from collections.abc import Sequence

from characters.scripts.names import is_in_capitals
from characters.scripts.subtitles.cues import Cue
from characters.scripts.subtitles.utterances import read_round_label, split_cue

LABEL_CUES = 1_000
"""Cues from the beginning that are examined."""

_TWICE = 2
_FEWEST_NAMES = 2
_SHARE = 0.2


def find_labels(cues: Sequence[Cue]) -> frozenset[str]:
    """Return the names that stand in round brackets before words in ``cues``.

    A label is a name where other cues name this speaker in another way. Otherwise labels are names
    where they open a fifth of the rows, and two of them recur: the recurring ones, in capitals or
    in letters without case.
    """
    counts: Counter[str] = Counter()
    rows = 0
    for cue in cues:
        for row in cue.rows:
            rows += 1
            if (label := read_round_label(row.text)) is not None:
                counts[label[0].name] += 1
    if not counts:
        return frozenset()
    named = {start.speaker.name for cue in cues for start in split_cue(cue) if start.speaker}
    found = {name for name in counts if name in named}
    recurring = {name for name, count in counts.items() if count >= _TWICE and _may_be(name)}
    if len(recurring) >= _FEWEST_NAMES and counts.total() >= _SHARE * rows:
        found |= recurring | {name for name in counts if _may_be(name)}
    return frozenset(found)


def _may_be(name: str) -> bool:
    return is_in_capitals(name) or name.lower() == name.upper()
