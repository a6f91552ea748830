"""Describe the bodies by which a stage is set, and what is known on it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.conversations.stage_schemas import (
    MOST_PARTICIPANTS,
    DirectionText,
    NoteText,
    StageSpeaker,
)
from app.schemas import Schema
from characters.stage.ledger import Knowing

ParticipantName = Annotated[str, StringConstraints(min_length=1, max_length=80)]
"""A character's slug, or a participant's id."""


class Entrance(Schema):
    """Let a character enter."""

    character: str
    """The character's slug."""
    direction: DirectionText | None = None
    """As it stands in the scene; by default “Kit enters.”"""
    note: NoteText | None = None
    """What it hides, wants or plans; absent: unchanged."""


class Exit(Schema):
    """Let a participant leave."""

    direction: DirectionText | None = None
    """As it stands in the scene; by default “Kit leaves.”"""


class NoteUpdate(Schema):
    """Set a participant's private note."""

    note: NoteText


class Telling(Schema):
    """Let participants learn a line that they did not witness."""

    to: Annotated[list[ParticipantName], Field(min_length=1, max_length=MOST_PARTICIPANTS)]


class KnowerOut(Schema):
    """Show that a participant knows a line, and how."""

    participant: StageSpeaker
    how: Knowing
    """``said``, ``present``, ``whispered`` or ``told`` (later)."""


class Witnesses(Schema):
    """Show who knows a line of the visible branch, and who does not."""

    message: UUID
    knows: list[KnowerOut]
    others: list[StageSpeaker]
    """The participants who do not know it."""


class KnownLine(Schema):
    """Show a line that was in a reply's prompt, with who was there."""

    kind: Literal["message", "script"]
    message: UUID | None = None
    speaker: str | None
    """Null for a direction."""
    text: str
    how: Knowing | Literal["script", "overheard", "remembered"]
    """How the character knows it: as :class:`KnowerOut`; of a line of the script: because it is
    in one of its own scenes, overheard there, or remembered."""
    scene: int | None = None
    """Position of the scene in the character's scripts, from 0."""
    line: int | None = None
    """Position of the line in its scene, from 0, where known."""
    witnesses: list[str]
    """Names of those who were there: of a message, all who know it; of a line of the script, those
    who speak in the scene as far as the prompt showed it."""


class Knowledge(Schema):
    """Show what a reply's prompt was made of: all that its speaker could know it from."""

    speaker: StageSpeaker | None
    items: list[KnownLine]
    earlier: int
    """Older messages known to the speaker that the prompt had no room for."""
