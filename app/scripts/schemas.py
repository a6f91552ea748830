"""Define the bodies of ``/api/scripts``."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from app.schemas import Schema


class SpeakerOut(Schema):
    """Describe a speaker of a script, with lines that it says."""

    name: str
    lines: int
    scenes: int
    samples: list[str] = []
    display: str = ""
    """The name set properly, to show and to call a character by: Agnes for AGNES. Empty for a
    script that an earlier version stored."""
    nearest: str | None = None
    """The speaker with the name most like this one's, if any."""
    greeting: str = ""
    """One of the speaker's own first lines of a scene."""
    openers: list[str] = []
    """At most three lines with which a person might begin."""


class RowCountsOut(Schema):
    """Count the file's rows that are not blank by their use; the three add up to ``total``."""

    total: int
    dialogue: int
    narration: int
    """Headings, headers and other text without a speaker."""
    rejected: int


class ColumnsOut(Schema):
    """Name all columns of a table, and the columns that were read."""

    names: list[str]
    speaker: str
    line: str
    scene: str | None


class MergeOut(Schema):
    """Suggest that ``alias`` is another name of ``name``: send it back in ``aliases`` if so."""

    alias: str
    name: str
    code: str
    reason: str


class ProfileOut(Schema):
    """Hold a description found in the file; the name is empty where the file names no character."""

    name: str
    text: str


class RejectionOut(Schema):
    """Describe a row that did not become dialogue, and why."""

    row: int
    """Counted as a text editor does, in ``part`` if there is one; in a document, paragraphs."""
    part: str | None = None
    """The file of an archive, or the sheet of a workbook."""
    text: str
    code: str
    reason: str


class OtherKindOut(Schema):
    """Warn that a file is plainly not a script, though lines could be read from it."""

    code: Literal["code", "log", "data", "document"]
    reason: str
    """The evidence, in one sentence."""


class CharacterRef(Schema):
    """Refer to a character."""

    slug: str
    name: str


class ScriptSummary(Schema):
    """Summarise a stored script for lists."""

    id: UUID
    title: str
    filename: str
    format: str
    encoding: str
    language: str
    size_bytes: int
    scenes: int
    lines: int
    created_at: datetime
    updated_at: datetime


class ListedScript(ScriptSummary):
    """Summarise a script for a caller who may use it."""

    may_change: bool
    """Whether the caller may replace and delete it."""


class ScriptReport(Schema):
    """Report the content of an upload. ``id`` is null for a dry run, which stores nothing."""

    id: UUID | None
    title: str
    filename: str
    format: str
    encoding: str
    encoding_confidence: float
    language: str
    size_bytes: int
    scenes: int
    lines: int
    rows: RowCountsOut | None = None
    """Null for a script stored before rows were counted."""
    columns: ColumnsOut | None = None
    """Columns of a file's first table; name others in the form."""
    speakers: list[SpeakerOut]
    """The speakers, most lines first."""
    aliases: dict[str, str] = {}
    """The aliases that were applied: their lines count as the name's."""
    merges: list[MergeOut] = []
    """Speakers that may be the same person. They are merged only on request."""
    profiles: list[ProfileOut] = []
    """Descriptions of characters in the file."""
    rejected: list[RejectionOut]
    """Rows that did not become dialogue, or not entirely; at most
    ``limits.reported_rejections`` of them."""
    rejected_total: int
    rejected_by_code: dict[str, int] = {}
    """Number of rejections of each code, including rejections that ``rejected`` leaves out."""
    unattributed_share: float | None = None
    """Share of quoted speech without a speaker, in narrative prose; 0 to 1."""
    other_kind: OtherKindOut | None = None
    """What the file plainly is instead of a script: ask a person before making characters of it.
    Null for a stored script."""
    duplicate: bool = False
    """Whether the same file was already stored under this title; nothing changed."""
    replaced: bool = False
    """Whether an earlier upload of this title was replaced; its characters are indexed again."""
    characters: list[CharacterRef] = []
    """Characters that play in this script."""
    deleted_characters: list[CharacterRef] = []
    """Deleted characters of it, which deleting the script would delete for good."""
    created_at: datetime | None = None
    updated_at: datetime | None = None


class PrintedRowOut(Schema):
    """Hold one row of a script as it was read."""

    kind: Literal["heading", "line", "direction", "rejected"]
    row: int
    text: str
    speaker: str
    """Who says it; empty unless it is a line."""
    direction: str | None
    part: str | None
    """As in ``RejectionOut``."""
    code: str
    """Why it did not become dialogue; empty unless it is rejected."""
    reason: str


class PrintedPageOut(Schema):
    """Hold a page of a script as it was read, doubtful rows in place."""

    items: list[PrintedRowOut]
    next_cursor: str | None


class ScriptFormats(Schema):
    """List the script formats."""

    items: list[str]


class LineOut(Schema):
    """Hold one line of dialogue."""

    speaker: str
    text: str
    row: int
    direction: str | None = None


class DirectionOut(Schema):
    """Hold text between two lines: entrances, exits, actions."""

    at: int
    """Number of lines of the scene before it."""
    text: str


class SceneOut(Schema):
    """Hold one scene with its lines."""

    number: int
    row: int
    part: str | None
    """As in ``RejectionOut``."""
    heading: str | None
    episode: str | None
    lines: list[LineOut]
    directions: list[DirectionOut] = []
    read: bool = True
    """False for a scene behind the caller's bookmark: but for its number and row it is empty."""


class ScenePartOut(Schema):
    """Show who speaks in a scene."""

    speaker: str
    lines: int
    character: CharacterRef | None
    """The character that plays it; null where there is none."""


class SceneWithParts(SceneOut):
    """Hold one scene with its lines, and who speaks in it."""

    parts: list[ScenePartOut]
    """In the order of their first lines."""
