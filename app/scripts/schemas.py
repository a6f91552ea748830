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


class RejectionOut(Schema):
    row: int
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
    rows: RowCountsOut | None
    """Null for a script that was stored before rows were counted."""
    speakers: list[SpeakerOut]
    """Who speaks, most lines first."""
    rejected: list[RejectionOut]
    """Rows that did not become dialogue, or not entirely; at most
    ``limits.reported_rejections`` of them."""
    rejected_total: int
    duplicate: bool = False
    """The same file was stored before under this title; nothing changed."""
    replaced: bool = False
    """An earlier upload of this title was replaced; its characters are indexed again."""
    characters: list[CharacterRef] = []
    """Characters that play in this script."""
    created_at: datetime | None = None
    updated_at: datetime | None = None


class LineOut(Schema):
    speaker: str
    text: str
    row: int
    direction: str | None = None


class SceneOut(Schema):
    number: int
    row: int
    heading: str | None
    episode: str | None
    lines: list[LineOut]
