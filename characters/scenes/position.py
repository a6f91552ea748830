"""Find where a scene is that is being played, from the messages of one branch. Pure.

Nothing is counted along: the position is a function of the branch, so that alternatives, edits and
deletions take it along.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

WINDOW = 6
"""Newest lines that the drift is the mean of."""

MarkKind = Literal["script", "back", "own"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Hold what a message of the branch has to do with the script."""

    kind: MarkKind
    """``script``: a line of it, or near one; ``back``: the scene returns to it; ``own``: other
    words."""
    line: int = 0
    """The position of the line; of ``back``, of the one that is next."""
    departure: float = 0.0
    """How far the words are from the script's, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class ScenePosition:
    """Hold where a scene is."""

    next: int
    """The position of the line that is next; the number of lines at the end."""
    drift: float
    """How far the scene has drifted from the script, from 0 to 1."""
    on_script: bool
    """Whether the newest line is the script's."""


def position_of(marks: Iterable[Mark], lines: int) -> ScenePosition:
    """Return where a scene of so many lines is after these marks, oldest first.

    The drift is the mean departure of the newest lines since the scene last returned to the script;
    lines that are not yet spoken count as the script's, so that one stray word is a small drift.
    """
    following, on_script = 0, True
    departures: list[float] = []
    for mark in marks:
        if mark.kind == "own":
            on_script = False
        else:
            following = min(lines, mark.line + (mark.kind == "script"))
            if mark.kind == "back" or not on_script:
                departures.clear()
            on_script = True
        departures.append(min(1.0, max(0.0, mark.departure)))
    return ScenePosition(following, sum(departures[-WINDOW:]) / WINDOW, on_script)
