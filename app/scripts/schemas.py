"""Bodies of ``/api/scripts``."""

from datetime import datetime
from uuid import UUID

from app.schemas import Schema


class SpeakerOut(Schema):
    name: str
    lines: int
    scenes: int
    samples: list[str] = []


class RowCountsOut(Schema):
    """What became of the rows of the file that are not blank; the three add up to ``total``."""

    total: int
    dialogue: int
    narration: int
    """Headings, headers and whatever else nobody speaks."""
    rejected: int


class ColumnsOut(Schema):
    """The columns of a table: the names of all of them, and which were read."""

    names: list[str]
    speaker: str
    line: str
    scene: str | None


class MergeOut(Schema):
    """``alias`` may be another name of ``name``: send it back in ``aliases`` if it is."""

    alias: str
    name: str
    code: str
    reason: str


class ProfileOut(Schema):
    """A description that was found in the file; an empty name where it is not told whose."""

    name: str
    text: str


class RejectionOut(Schema):
    row: int
    """Counted as a text editor does, in ``part`` if there is one; in a document, paragraphs."""
    part: str | None = None
    """The file of an archive, or the sheet of a workbook."""
    text: str
    code: str
    reason: str


class CharacterRef(Schema):
    slug: str
    name: str


class ScriptSummary(Schema):
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


class ScriptReport(Schema):
    """What was read from an upload. ``id`` is null for a dry run: nothing was stored."""

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
    """Null for a script that was stored before rows were counted."""
    columns: ColumnsOut | None = None
    """Of a table, the first of a file; name others in the form."""
    speakers: list[SpeakerOut]
    """Who speaks, most lines first."""
    aliases: dict[str, str] = {}
    """The aliases that were applied: their lines count as the name's."""
    merges: list[MergeOut] = []
    """Speakers that may be one and the same. Nothing is merged unless it is asked for."""
    profiles: list[ProfileOut] = []
    """What the file says about its characters."""
    rejected: list[RejectionOut]
    """Rows that did not become dialogue, or not entirely; at most
    ``limits.reported_rejections`` of them."""
    rejected_total: int
    rejected_by_code: dict[str, int] = {}
    """How many there are of each code, those included that ``rejected`` leaves out."""
    unattributed_share: float | None = None
    """Of narrative prose: quoted speech for which no speaker is named, of all of it; 0 to 1."""
    duplicate: bool = False
    """The same file was stored before under this title; nothing changed."""
    replaced: bool = False
    """An earlier upload of this title was replaced; its characters are indexed again."""
    characters: list[CharacterRef] = []
    """Characters that play in this script."""
    created_at: datetime | None = None
    updated_at: datetime | None = None


class ScriptFormats(Schema):
    items: list[str]


class LineOut(Schema):
    speaker: str
    text: str
    row: int
    direction: str | None = None


class SceneOut(Schema):
    number: int
    row: int
    part: str | None
    """As in ``RejectionOut``."""
    heading: str | None
    episode: str | None
    lines: list[LineOut]
