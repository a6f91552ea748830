"""Define the tables of stages: conversations of several characters, or watched by the user."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now
from app.db.ids import new_id


class Participant(Base):
    """Store a character of a stage. A conversation that is no stage has none.

    The row outlives its character, so that its lines keep their name.
    """

    __tablename__ = "participants"
    __table_args__ = (
        Index(
            "uq_participants_conversation_id_character_id",
            "conversation_id",
            "character_id",
            unique=True,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    character_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("characters.id", ondelete="SET NULL"), index=True
    )
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    opens: Mapped[bool]
    """Whether it is on stage from the first message on."""
    note: Mapped[str] = mapped_column(default="", server_default="")
    """What it hides, wants or plans; in its own prompts alone."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class StageLine(Base):
    """Store what the witness ledger knows of a message of a stage."""

    __tablename__ = "stage_lines"

    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(16))
    """``line``, ``direction``, ``enters``, ``leaves`` or ``told``."""
    speaker_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("participants.id", ondelete="SET NULL"), index=True
    )
    """Who says it, enters or leaves; None: the user, or no one."""
    circle: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Ids of the participants who alone hear it, or are informed; None: all on stage."""
    about: Mapped[UUID | None]
    """Of ``told``: the message that they learn of."""
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Why this one spoke, as the director found."""


class StagedScene(Base):
    """Store the scene of a script that a stage plays, as it was when the stage was opened.

    A copy: a script that is uploaded again, or deleted, does not change a scene in the middle.
    """

    __tablename__ = "staged_scenes"

    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    script_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("scripts.id", ondelete="SET NULL"), index=True
    )
    script_title: Mapped[str] = mapped_column(String(200))
    number: Mapped[int]
    """The scene's, in its script."""
    title: Mapped[str]
    """Its heading; empty where it has none."""
    part: Mapped[str]
    """The speaker that the user plays."""
    lines: Mapped[list[Any]]
    """``[speaker, text, [direction, …], participant]`` of each: who says it, what, what happens
    before, and the id of the participant who says it, or None for the user."""
