"""Define the tables of conversations and of their trees of messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, exists, false, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from app.db.base import Base, utc_now
from app.db.clock import seconds_until
from app.db.ids import new_id
from app.db.models.bookmark import Bookmark
from app.db.models.character import Character
from app.settings import RetrievalMode

OF_GUESTS = "owner NOT LIKE 'person %' AND owner <> 'local' AND owner <> ''"
"""Conversations of guests, as the index of them says it: a query has to say the same."""


class Conversation(Base):
    """Store a chat between one user and one character.

    ``turn_id`` is set while a turn runs, and counts only until ``turn_lease_until``, which the turn
    extends while it streams: a process that dies does not lock the conversation for good. The reply
    that a turn adds has the turn's id.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_owner_updated_at", "owner", "updated_at"),
        Index(
            "ix_conversations_turn_id",
            "turn_id",
            sqlite_where=text("turn_id IS NOT NULL"),
            postgresql_where=text("turn_id IS NOT NULL"),
        ),
        Index(
            "ix_conversations_guests",
            "updated_at",
            sqlite_where=text(OF_GUESTS),
            postgresql_where=text(OF_GUESTS),
        ),
        Index(
            "ix_conversations_deleted_at",
            "deleted_at",
            sqlite_where=text("deleted_at IS NOT NULL"),
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), index=True
    )
    owner: Mapped[str] = mapped_column(String(64))
    user_name: Mapped[str] = mapped_column(String(80))
    is_stage: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it has participants: several characters, or a user who plays no part."""
    user_role: Mapped[str] = mapped_column(String(16), default="persona", server_default="persona")
    """``persona``, ``speaker`` (of the script), ``director`` or ``watching``."""
    turns_ahead: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many more turns of a stage follow by themselves."""
    user_description: Mapped[str] = mapped_column(default="")
    """What the user says about themselves to the character."""
    title: Mapped[str] = mapped_column(String(200), default="")
    until_scene: Mapped[int | None]
    """Scenes of its scripts, in order, that the character has lived through; None: all."""
    remembers_others: Mapped[bool] = mapped_column(default=False)
    """Whether memory also recalls the owner's other conversations with the character."""
    summarize: Mapped[bool] = mapped_column(default=False)
    """Whether the summary is updated automatically."""
    summary: Mapped[str] = mapped_column(default="")
    summary_upto: Mapped[UUID | None]
    """The last message that the summary covers; on a branch without it, the summary does not
    apply."""
    summary_until_scene: Mapped[int | None]
    """The point in time at which the summary was written."""
    active_leaf_id: Mapped[UUID | None]
    log_header: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The first line of the imported chat log, unchanged."""
    turn_id: Mapped[UUID | None]
    turn_lease_until: Mapped[datetime | None] = mapped_column()
    turn_lease_left: Mapped[float | None] = column_property(
        seconds_until(turn_lease_until), expire_on_flush=False
    )
    """Seconds that the lease had left, by the database's clock, when the row was read."""
    owner_reads: Mapped[bool] = column_property(
        exists().where(Bookmark.owner == owner).correlate_except(Bookmark), expire_on_flush=False
    )
    """Whether its owner has any bookmark: then it may be bounded (:mod:`app.bookmarks`)."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
    deleted_at: Mapped[datetime | None]

    character: Mapped[Character] = relationship(lazy="raise")

    @property
    def is_busy(self) -> bool:
        """Whether a turn ran in it when the row was read."""
        return self.turn_id is not None and (self.turn_lease_left or 0) > 0


class Message(Base):
    """Store a node of a conversation's tree; siblings are alternatives, the newest last."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_conversation_id_parent_id", "conversation_id", "parent_id"),
        Index("ix_messages_parent_id_id", "parent_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    """No cascade: SQLite cascades at most 1,000 levels, and a conversation is as deep as long."""
    role: Mapped[str] = mapped_column(String(16))
    """``user``, ``assistant``, or ``direction`` on a stage."""
    content: Mapped[str]
    hidden: Mapped[bool] = mapped_column(default=False)
    """Shown in the conversation, and left out of prompts."""
    until_scene: Mapped[int | None]
    """The conversation's point in time when it was sent; None, the end, where it is unknown."""
    source: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The message of an imported chat log, unchanged except for its alternatives."""
    moderation: Mapped[str | None] = mapped_column(String(16))
    """``hidden``: a notice stands in place of the reply, or the message stays out of prompts.
    ``refused``: the character declined."""
    state: Mapped[str] = mapped_column(String(16), default="complete")
    finish_reason: Mapped[str | None] = mapped_column(String(16))
    error: Mapped[str | None]
    examples: Mapped[list[Any]] = mapped_column(default=list)
    prompt: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The outline of a reply's prompt; None for replies of older versions, whose ``examples`` may
    have lines that the prompt did not contain."""
    retrieval: Mapped[RetrievalMode | None] = mapped_column(String(16))
    """The mode that retrieved the examples."""
    model: Mapped[str | None] = mapped_column(String(200))
    usage: Mapped[dict[str, Any] | None]
    timings: Mapped[dict[str, Any] | None]
    sampling: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    edited_at: Mapped[datetime | None]
    rating: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What the owner thinks of a reply: ``value`` (``good`` or ``bad``), ``reason`` and ``note``.
    It is for the owner to see; what may be learnt from is in :class:`Signal`."""


class MessagePrompt(Base):
    """Store the exact prompt of a reply, in a table of its own: no list of messages reads it.

    It goes with its message, by the database's cascade, for it contains what the user wrote.
    """

    __tablename__ = "message_prompts"

    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    record: Mapped[bytes] = mapped_column(LargeBinary)
    """Packed by :mod:`app.conversations.prompt_records`."""
