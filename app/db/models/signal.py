"""Define the tables of what people say about replies, and of their consent to keep it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now
from app.db.ids import new_id


class Signal(Base):
    """Store what a person said about a reply by rating, choosing or editing it.

    It goes with its message, its conversation and its character, by the database's cascades, for
    its prompt contains what the person wrote.
    """

    __tablename__ = "signals"
    __table_args__ = (
        Index("ix_signals_character_id_kind", "character_id", "kind"),
        Index("ix_signals_message_id_kind", "message_id", "kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    """Whose conversation it is."""
    character_id: Mapped[UUID] = mapped_column(ForeignKey("characters.id", ondelete="CASCADE"))
    """Who speaks in the reply: on a stage not always the conversation's first."""
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))
    """``good``, ``bad``, ``chosen`` or ``edited``."""
    reason: Mapped[str] = mapped_column(String(24), default="")
    """Of a rating: one of the list in :mod:`app.signals.kinds`, or nothing."""
    note: Mapped[str] = mapped_column(String(500), default="")
    """Of a rating: what the person wrote about it."""
    prompt: Mapped[dict[str, Any]]
    """What the reply was made of; see :mod:`app.signals.prompts`."""
    answer: Mapped[str]
    """The rated, the chosen or the edited text."""
    rejected: Mapped[str | None]
    """The alternative that was not chosen, or the text before it was edited."""
    model: Mapped[str] = mapped_column(String(200))


class SignalConsent(Base):
    """Store whether what an owner says about replies may be kept to learn from it."""

    __tablename__ = "signal_consents"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    given: Mapped[bool | None]
    """None: kept because the operator's setting says so; the owner was not asked."""
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now, index=True)
