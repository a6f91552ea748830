"""Describe what a conversation shows of its stage: who takes part, and what its ledger knows."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from app.schemas import Schema
from app.text import OneLine, Storable

MOST_PARTICIPANTS = 8
"""Characters of one stage."""

DirectionText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400), OneLine
]
NoteText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000), Storable]

UserRole = Literal["persona", "speaker", "director", "watching"]
"""Who the user is on a stage: a persona, a speaker of the script, one who directs from outside, or
one who only watches."""


class ParticipantOut(Schema):
    """Show a character that takes part in a conversation."""

    id: UUID | None
    """Null in a conversation of one character that is no stage."""
    slug: str | None
    """Null where the character is gone for good; its lines keep their name."""
    name: str
    avatar: str | None
    on_stage: bool
    """At the end of the visible branch."""
    note: str
    """What it hides, wants or plans: in its own prompts alone."""


class StageSpeaker(Schema):
    """Name the participant who speaks."""

    id: UUID
    slug: str | None
    name: str


class StageLineOut(Schema):
    """Show what the witness ledger of a stage knows of a message."""

    kind: Literal["line", "direction", "enters", "leaves", "told"]
    speaker: StageSpeaker | None
    """Who says it, enters or leaves; null for the user, and for a direction."""
    circle: list[UUID] | None
    """The participants who alone hear it, or are informed; null: all on stage."""
    about: UUID | None = None
    """Of ``told``: the message that they learn of."""
    reason: dict[str, object] | None = None
    """Why this one spoke: ``by`` (``user`` or ``director``), ``why``, and the director's scores. In
    a scene of a script ``kind``: ``script`` (with ``line``, its position; of the user's lines also
    the script's ``text`` and the ``fit``), ``strayed``, or ``back`` of the direction by which the
    scene returns to the script."""
