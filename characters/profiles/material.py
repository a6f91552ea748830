"""Gather a profile's material from a script: the character's lines, and what others say of it."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from characters.language import reading_length
from characters.scripts.collective_names import voice_of
from characters.scripts.model import Line, Scene

_MOST_LINES = 20_000
"""Most lines considered; memory does not grow with the script beyond them."""
_LINE_CHARACTERS = 200
_BEST_LENGTH = 25
"""In CJK characters (three others count as one): shorter lines say less, longer ones cost more."""
_PARTNERS = 4
_STRETCH = 20
"""Neighbouring lines that compete: the one nearest to the best length goes first."""

_OF_ONESELF = re.compile(
    r"我(?:是|叫|姓|今年|从小|以前|小时候|最|喜欢|爱|讨厌|恨|怕|不喜欢|从来|一直|当|在|的)"
    r"|\bI(?: am|'m|’m| was| used to| have been| like| love| hate| fear| never| always)\b|\bmy\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ProfileMaterial:
    """Hold the material for a profile draft."""

    lines: Sequence[str]
    """The character's lines, most informative first."""
    order: Sequence[int]
    """The position of each line in the script."""
    mentions: Sequence[str]
    """``speaker：text``: lines of others that name the character."""
    partners: Sequence[str]
    """The speakers it talks to most, most frequent first."""


def gather(
    scenes: Iterable[Scene], speakers: Collection[str], names: Collection[str]
) -> ProfileMaterial:
    """Return the material of the character that plays ``speakers`` and is called ``names``.

    Lines about itself alternate with lines from all over the script that are long enough to show
    a voice; equal lines are kept once.
    """
    own: dict[str, int] = {}
    mentions: dict[str, None] = {}
    partners: Counter[str] = Counter()
    for scene in scenes:
        partners.update(_neighbours(scene.lines, speakers))
        for line in scene.lines:
            if len(own) + len(mentions) >= _MOST_LINES:
                break
            if line.speaker in speakers:
                own.setdefault(line.text[:_LINE_CHARACTERS], len(own))
            elif any(name in line.text for name in names):
                mentions.setdefault(line.render()[:_LINE_CHARACTERS])
    lines = _chosen(list(own))
    return ProfileMaterial(
        lines=lines,
        order=[own[text] for text in lines],
        mentions=sorted(mentions, key=_distance),
        partners=[name for name, _ in partners.most_common(_PARTNERS)],
    )


def _neighbours(lines: Sequence[Line], speakers: Collection[str]) -> Iterable[str]:
    """Yield the other speakers right before or after the character's lines."""
    for one, other in pairwise(lines):
        if (one.speaker in speakers) != (other.speaker in speakers):
            name = other.speaker if one.speaker in speakers else one.speaker
            if voice_of(name) == "person":
                yield name


def _chosen(texts: Sequence[str]) -> list[str]:
    personal = [text for text in texts if _OF_ONESELF.search(text)]
    others = [text for text in texts if not _OF_ONESELF.search(text)]
    pairs = zip_longest(_spread(personal), _spread(others))
    return [text for pair in pairs for text in pair if text is not None]


def _spread(texts: Sequence[str]) -> list[str]:
    """Return the best text of each stretch of the script, then the second best, and so on."""
    stretches = [
        sorted(texts[start : start + _STRETCH], key=_distance)
        for start in range(0, len(texts), _STRETCH)
    ]
    return [text for rank in zip_longest(*stretches) for text in rank if text is not None]


def _distance(text: str) -> float:
    return abs(reading_length(text) - _BEST_LENGTH)
