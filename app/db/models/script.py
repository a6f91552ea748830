"""Define the tables of scripts and their scenes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, BigId, utc_now
from app.db.ids import new_id


class Script(Base):
    """Store an uploaded script and its report.

    ``revision`` names the scenes that are its content. An upload writes its scenes under a new
    revision in small transactions, and one short transaction switches the script to it: readers see
    either the old state or the new one.
    """

    __tablename__ = "scripts"
    __table_args__ = (UniqueConstraint("owner", "title"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Who uploaded it, as conversations name their owners; empty: the service, so every admin."""
    title: Mapped[str] = mapped_column(String(200))
    """Unique among the scripts of its owner."""
    revision: Mapped[UUID] = mapped_column(index=True)
    filename: Mapped[str] = mapped_column(String(255))
    format: Mapped[str] = mapped_column(String(40))
    encoding: Mapped[str] = mapped_column(String(40))
    encoding_confidence: Mapped[float]
    language: Mapped[str] = mapped_column(String(8))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    scenes: Mapped[int]
    lines: Mapped[int]
    options: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The format, encoding and columns that the upload named."""
    aliases: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    rows: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    columns: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    speakers: Mapped[list[Any]]
    profiles: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    rejected: Mapped[list[Any]]
    rejected_total: Mapped[int]
    rejected_by_code: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


class StoredScene(Base):
    """Store a scene of a script's revision.

    Lines are stored with their scene, in one JSON list of ``[speaker, text, row, colon,
    direction]``: no query reads a line without its scene. An optional sixth element, a list of
    ``[text, certain]``, holds the stage directions right before the line.
    """

    __tablename__ = "scenes"
    __table_args__ = (Index("ix_scenes_revision_number", "revision", "number", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    revision: Mapped[UUID]
    number: Mapped[int]
    row: Mapped[int]
    part: Mapped[str | None]
    """The file of an archive, or the sheet of a workbook, in which the rows are counted."""
    heading: Mapped[str | None]
    episode: Mapped[str | None]
    ends: Mapped[int | None]
    """Of subtitles: milliseconds from their beginning until its last line is over."""
    lines: Mapped[list[Any]]


SpeakerLines = dict[str, int]
"""Lines by speaker."""


def speaker_lines(scripts: Sequence[Script]) -> SpeakerLines:
    """Return the lines of every speaker of several scripts, most lines first."""
    total: SpeakerLines = {}
    for script in scripts:
        for speaker in script.speakers:
            total[speaker["name"]] = total.get(speaker["name"], 0) + speaker["lines"]
    return dict(sorted(total.items(), key=lambda item: -item[1]))
