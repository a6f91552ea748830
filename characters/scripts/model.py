"""Define a script's contents as parsers yield them: scenes of lines, narration, rejections."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple


class Line(NamedTuple):
    """Hold one utterance; a tuple, because a large script makes millions of them.

    ``text`` is the utterance without surrounding white space, otherwise as the author typed it (a
    stage direction inside it stays). ``colon`` is the separator of speaker and text in the source,
    so that an example can be shown as it was uploaded: ``：`` or ``:``, with the space after it
    where the author typed one.
    """

    speaker: str
    text: str
    row: int
    """1-based physical row of the file, as a text editor numbers it."""
    direction: str | None = None
    colon: str = "："

    def render(self) -> str:
        """Return the line as it stood in the source: ``speaker：text``."""
        return f"{self.speaker}{self.colon}{self.text}"


class Direction(NamedTuple):
    """Hold the text between two lines: entrances, exits, actions."""

    at: int
    """Number of lines of the scene before it."""
    text: str
    """At most 1,000 characters; empty where the source has more than is kept."""
    certain: bool = True
    """False where the text may as well be part of the speech above."""


@dataclass(slots=True)  # not frozen: freezing makes construction three times as slow
class Scene:
    """Hold one continuous dialogue: at least one line, in order."""

    lines: Sequence[Line]
    row: int
    """Row of the first line."""
    heading: str | None = None
    episode: str | None = None
    """Group that the scene belongs to, where the format has one (the reference's 序号)."""
    continued: int = 0
    """Rows of the dialogue beyond one for each line: continuation rows are added, and rows in which
    a further line begins are subtracted."""
    member: str | None = None
    """File of an archive, or sheet of a workbook, in which the rows are numbered."""
    directions: Sequence[Direction] = ()
    """In order; text after the last line is left out, because no line follows that could know of
    it."""
    ends: int | None = None
    """Of subtitles: milliseconds from their beginning until its last line is over."""


SCENE_LINES = 1_000
"""Most lines of a scene. A longer one continues as a further scene, so that a script without breaks
fits in memory."""

UNKNOWN_SPEAKERS = ("Unknown", "未知")
"""Speaker of lines without a name, in English and Chinese, where a format permits them. Each of
these lines is also reported as doubtful, and the speaker is not worth playing unless a person says
so."""

REJECTED_CHARACTERS = 200
"""Characters kept of a rejected row."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Record a row that did not become dialogue, or only in part, and why."""

    row: int
    """1-based physical row of the file, as a text editor numbers it."""
    text: str
    """The row itself, cut to 200 characters."""
    code: str
    """Stable, machine-readable: ``no_colon``, ``no_speaker``, ``missing_column``, ..."""
    reason: str
    """One English sentence saying what is wrong."""
    rows: int = 1
    """Rows that this accounts for: 0 where another part of the row was used."""
    member: str | None = None
    """See ``Scene.member``."""


@dataclass(frozen=True, slots=True)
class NonDialogue:
    """Account for rows without a speaker in which nothing is wrong."""

    row: int
    kind: Literal["heading", "header", "layout", "narration", "cast"]
    """A scene's heading, a table's header, rows that only structure the file, text without a
    speaker where the format has a field for one, or a cast list."""
    rows: int = 1
    """Rows that this accounts for, without blank ones."""


@dataclass(frozen=True, slots=True)
class Profile(NonDialogue):
    """Hold a description of a character, found beside its dialogue."""

    name: str = ""
    """The character's name; empty if the file does not give it."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Header(NonDialogue):
    """Hold the column names of a table, and which columns are read."""

    names: tuple[str, ...] = ()
    speaker: str = ""
    line: str = ""
    scene: str | None = None
    """None where no column distinguishes scenes."""


ParseItem = Scene | NonDialogue | Rejection
"""Together they account for every row of a script that is not blank, exactly once."""


@dataclass(slots=True)
class SpeakerCount:
    """Count a speaker's lines and scenes, and keep a few samples."""

    name: str
    lines: int = 0
    scenes: int = 0
    samples: list[str] = field(default_factory=list)
    """First three lines, at most 120 characters each."""


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bound the size of one script. A script over any limit is refused as a whole."""

    line_characters: int = 20_000
    """Longest row; bounds the memory that a file without line ends takes."""
    lines: int = 2_000_000
    """Most lines of dialogue."""
    record_characters: int = 10_000_000
    """Longest record of a JSON file, and its longest row."""
    table_cells: int = 10_000_000
    """Most cells of a workbook, including empty ones."""
    page_bytes: int = 8_000_000
    """Largest HTML page, also within a book: a page is held in memory as a tree."""
    archive_entries: int = 5_000
    """Most files and folders of an archive."""
    archive_bytes: int = 300_000_000
    """Total size of an archive's files, counted while they are inflated."""
    archive_nesting: int = 1
    """How deep archives may be nested: 1 is an archive of files. Documents and workbooks, which are
    archives too, do not count."""
