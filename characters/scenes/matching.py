"""Judge how near what a user says is to a line of the script. Pure: cosines are given.

Two measures complete each other. Edit distance forgives slips of typing and small changes of the
wording. The cosine of two embeddings forgives another wording of the same thing; it is read
relative to the cosines among the lines of the scene, which differ between embedders, languages and
scenes.
"""

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

NEAR = 0.42
"""Least fit of a line that counts as the script's; see ``docs/decisions/0054``."""
NEAR_LATER = 0.5
"""Least fit to a later line of the part: jumping ahead leaves others' lines out."""
SURE = 0.8
"""Likeness of the wording from which the meaning need not be asked for."""

_REMARK = re.compile(r"\([^()\n]*\)|（[^（）\n]*）|\[[^\[\]\n]*\]|【[^【】\n]*】|\*[^*\n]+\*")
_UNSPOKEN = re.compile(r"[^\w]+|_+")
_UNSPACED = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_GAP = re.compile(rf"(?<=[{_UNSPACED}]) | (?=[{_UNSPACED}])")
_LONGEST = 2_000
"""Characters of either text that are compared."""


def spoken_words(text: str) -> str:
    """Return what is heard of a line: no remarks, punctuation or capitals.

    Where nothing is left, as of a line that is a remark, the remark counts.
    """
    words = _plain(_REMARK.sub(" ", text))
    return words or _plain(text)


def likeness(said: str, line: str) -> float:
    """Return how alike the wordings are: 1 less the share of letters that differ."""
    one, other = spoken_words(said)[:_LONGEST], spoken_words(line)[:_LONGEST]
    return Levenshtein.normalized_similarity(one, other) if one and other else 0.0


def closeness(cosine: float, usual: float) -> float:
    """Return how close the meanings are, from 0 to 1.

    0 at the ``usual`` cosine of two lines of the scene, 1 where the vectors are the same.
    """
    return min(1.0, max(0.0, (cosine - usual) / max(1.0 - usual, 1e-6)))


def fit_of(likeness: float, closeness: float | None) -> float:
    """Return how near what is said is to a line, from 0 to 1; the mean of both measures.

    ``closeness`` None: the wording alone decides.
    """
    return likeness if closeness is None else (likeness + closeness) / 2


def usual_cosine(cosines: Sequence[float]) -> float | None:
    """Return the mean of the cosines of a line with other lines of its scene; None without any."""
    return sum(cosines) / len(cosines) if cosines else None


def spread(positions: Sequence[int], most: int) -> list[int]:
    """Return at most ``most`` of the positions, evenly spread."""
    if len(positions) <= most:
        return [*positions]
    return [positions[at * len(positions) // most] for at in range(most)]


def _plain(text: str) -> str:
    words = _UNSPOKEN.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    return _GAP.sub("", " ".join(words.split()))
