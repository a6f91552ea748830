"""What a parser yields: scenes of lines, and the rows it could not use."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Line(NamedTuple):
    """One utterance; a tuple, because a large script makes millions of them.

    ``text`` is what was said, without surrounding white space and as the author typed it
    otherwise (a stage direction inside it stays); ``colon`` is what separated speaker and text
    in the source, so that an example can be shown as it was uploaded: ``：`` or ``:``, with the
    one space after it where the author typed one.
    """

    speaker: str
    text: str
    row: int
    """1-based physical row of the file, the number that a text editor shows."""
    direction: str | None = None
    colon: str = "："

    def render(self) -> str:
        """The line as it stood in the source: ``speaker：text``."""
        return f"{self.speaker}{self.colon}{self.text}"


@dataclass(frozen=True, slots=True)
class Scene:
    """One continuous dialogue: at least one line, in order."""

    lines: Sequence[Line]
    row: int
    """Row of the first line."""
    heading: str | None = None
    episode: str | None = None
    """The group this scene belongs to, where the format has one (the reference's 序号)."""


REJECTED_CHARACTERS = 200
"""How much of a rejected row is kept."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that did not become dialogue, and why. Nothing disappears without one."""

    row: int
    """1-based physical row of the file, the number that a text editor shows."""
    text: str
    """The row itself, cut to 200 characters."""
    code: str
    """Stable, machine-readable: ``no_colon``, ``no_speaker``, ``missing_column``, ..."""
    reason: str
    """One English sentence saying what is wrong."""


ParseItem = Scene | Rejection


@dataclass(slots=True)
class SpeakerCount:
    """How much a speaker says, and a few of its lines."""

    name: str
    lines: int = 0
    scenes: int = 0
    samples: list[str] = field(default_factory=list)
    """The first three lines, at most 120 characters each."""


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bounds of one script. A script that crosses one is refused as a whole."""

    line_characters: int = 20_000
    """Longest row; what bounds the memory of a file without line ends."""
    lines: int = 2_000_000
    """Most lines of dialogue."""
