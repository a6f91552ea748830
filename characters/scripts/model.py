"""What a parser yields: scenes of lines, rows that nobody speaks, rows it could not use."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


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


class Direction(NamedTuple):
    """What a script tells between two lines: who comes, who goes, what is done."""

    at: int
    """How many lines of the scene stand before it."""
    text: str
    """At most 1,000 characters; empty where it tells more than is kept."""
    certain: bool = True
    """False where it may as well be part of the speech above."""


@dataclass(slots=True)  # not frozen, which takes three times as long to make
class Scene:
    """One continuous dialogue: at least one line, in order."""

    lines: Sequence[Line]
    row: int
    """Row of the first line."""
    heading: str | None = None
    episode: str | None = None
    """The group this scene belongs to, where the format has one (the reference's 序号)."""
    continued: int = 0
    """Rows that go on with a line begun above, beside the one that each line begins in; less the
    rows that are counted already, where several lines begin in one."""
    part: str | None = None
    """The file of an archive, or the sheet of a workbook, that the rows are counted in."""
    directions: Sequence[Direction] = ()
    """In order. What stands behind the last line is left out: nobody hears anything after it."""


SCENE_LINES = 1_000
"""A longer scene goes on as a further scene, so that a script without breaks fits in memory."""

UNKNOWN_SPEAKERS = ("Unknown", "未知")
"""Who speaks a line for which nobody is named, where a format has lines without names; each such
line is doubtful, too. Nobody worth playing until a person says so."""

REJECTED_CHARACTERS = 200
"""How much of a rejected row is kept."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that did not become dialogue, or only in part, and why."""

    row: int
    """1-based physical row of the file, the number that a text editor shows."""
    text: str
    """The row itself, cut to 200 characters."""
    code: str
    """Stable, machine-readable: ``no_colon``, ``no_speaker``, ``missing_column``, ..."""
    reason: str
    """One English sentence saying what is wrong."""
    rows: int = 1
    """Rows that this accounts for: 0 where something else in the row was used."""
    part: str | None = None
    """As in ``Scene``."""


@dataclass(frozen=True, slots=True)
class Narration:
    """Rows that nobody speaks and in which nothing is wrong."""

    row: int
    kind: Literal["heading", "header", "layout", "narration", "cast"]
    """A scene's heading, a table's header, what only holds a table together, or a text that
    names no speaker where the format has a place for one."""
    rows: int = 1
    """Rows that this accounts for, blank ones left out."""


@dataclass(frozen=True, slots=True)
class Profile(Narration):
    """A description of a character, found beside its dialogue."""

    name: str = ""
    """The character's; empty if it is not told."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Header(Narration):
    """The names of a table's columns, and which of them are read."""

    names: tuple[str, ...] = ()
    speaker: str = ""
    line: str = ""
    scene: str | None = None
    """None where no column tells scenes apart."""


ParseItem = Scene | Narration | Rejection
"""Together they account for every row of a script that is not blank, once."""


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
    record_characters: int = 10_000_000
    """Longest record of a JSON file, and its longest row."""
    table_cells: int = 10_000_000
    """Most cells of a workbook, empty ones among them."""
    page_bytes: int = 8_000_000
    """Largest HTML page, also in a book: it is held in memory as a tree."""
    archive_entries: int = 5_000
    """Most files and folders in an archive."""
    archive_bytes: int = 300_000_000
    """All files of an archive, counted while they are inflated."""
    archive_nesting: int = 1
    """How deep archives may lie in each other: 1 is an archive of files. Documents and workbooks,
    which are archives too, do not count."""
