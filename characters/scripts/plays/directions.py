"""Recognise the stage directions of a play: in brackets, or by what they say."""

import re

from characters.scripts.plays.starts import strip_emphasis

BRACKETS = {"[": "]", "(": ")", "（": "）", "【": "】", "［": "］", "〔": "〕"}
"""What closes the brackets in which directions stand."""

_SHORT_ROW = 120
_ACTS = re.compile(
    r"(?:re-?)?enters?\s[^,.!?]*(?-i:[A-ZА-Я]).*|(?:exit|exeunt|manet|manent)\b.{0,100}"
    r"|(?:flourish|alarums?|sennet|thunder|curtain|trumpets|the curtain (?:falls|rises))\b.{0,80}"
    r"|(?:входит|входят|уходит|уходят|занавес|vorhang|rideau|telón)\b.{0,80}",
    re.IGNORECASE,
)


def is_direction(row: str) -> bool:
    """Return whether a stripped row is a direction, or the beginning of one."""
    bare = strip_emphasis(row)
    if bare[:1] in BRACKETS:
        closing = BRACKETS[bare[0]]
        inside = bare.rstrip(" .")
        return closing not in bare or inside.find(closing) == len(inside) - 1
    return says_who_acts(row)


def says_who_acts(row: str) -> bool:
    """Return whether a row without brackets is a direction: ``Enter MIRA``, ``Exeunt``."""
    return len(row) <= _SHORT_ROW and bool(_ACTS.fullmatch(strip_emphasis(row)))


def opens_direction(row: str) -> bool:
    """Return whether a row opens a bracket that it does not close."""
    bare = strip_emphasis(row)
    closing = BRACKETS.get(bare[:1])
    return closing is not None and closing not in bare
