"""Find a part's lines in a scene, and what is said before each of them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from characters.language import reading_length
from characters.rehearsal.words import pieces
from characters.scripts.model import Line, Scene

LEAD_LINES = 40
"""Most lines of others before a line: an actor waits no longer for a cue."""
_CUE_LENGTH = 9.0
"""Of a printed cue, in :func:`~characters.language.reading_length`: some six words."""


class OwnLine(NamedTuple):
    """Hold a line of the part."""

    at: int
    """0-based, in its scene."""
    line: Line
    lead: Sequence[Line]
    """What others say since the part's line before, at most the last 40 lines."""


def own_lines(scene: Scene, speaker: str) -> Iterator[OwnLine]:
    """Yield the lines of a part in a scene, in order."""
    last = 0
    for at, line in enumerate(scene.lines):
        if line.speaker == speaker:
            yield OwnLine(at, line, scene.lines[max(last, at - LEAD_LINES) : at])
            last = at + 1


def short_cue(text: str) -> str:
    """Return the last words of a cue, as cue scripts print it: ``… the mirrors on this?``."""
    spoken = [piece for piece in pieces(text) if piece.form]
    if not spoken:
        return text.strip()
    taken: list[str] = []
    length = 0.0
    for piece in reversed(spoken):
        length += reading_length(piece.text)
        if taken and length > _CUE_LENGTH:
            break
        taken.append(piece.text)
    cue = "".join(reversed(taken)).strip()
    return cue if len(taken) == len(spoken) else f"… {cue}"
