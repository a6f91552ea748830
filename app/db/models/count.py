"""Define the tables of what is kept instead of counted, for overviews."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, BigId


class KeptCount(Base):
    """Store how many of something a subject has, or all subjects together.

    Triggers of the database keep it (migration 0042), so that it is right beside an older version
    and in a restored backup; :mod:`app.db.kept_counts` reads it, with the changes that are not
    folded in yet. Backups leave all three tables out.
    """

    __tablename__ = "kept_counts"
    __table_args__ = {"info": {"derived": True}}

    subject: Mapped[UUID] = mapped_column(primary_key=True)
    """A character or a script; all zeros for the total. No foreign key: it is deleted later."""
    what: Mapped[str] = mapped_column(String(24), primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)


class CountChange(Base):
    """Store a change of a count on PostgreSQL, where writers of one count must not wait."""

    __tablename__ = "count_changes"
    __table_args__ = {"info": {"derived": True}}

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    subject: Mapped[UUID]
    what: Mapped[str] = mapped_column(String(24))
    n: Mapped[int] = mapped_column(BigInteger)


class ConversationCount(Base):
    """Store how many messages a conversation has, on all its branches."""

    __tablename__ = "conversation_counts"
    __table_args__ = {"info": {"derived": True}}

    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    character_id: Mapped[UUID]
    """The conversation's."""
    messages: Mapped[int]
