"""Define the tables of what moderation found, what it withheld, and what was reported."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now
from app.db.ids import new_id


class ModerationFinding(Base):
    """Store what a moderator found in a message. It goes with its message."""

    __tablename__ = "moderation_findings"
    __table_args__ = (
        Index(
            "uq_moderation_findings_message_id_source_category",
            "message_id",
            "source",
            "category",
            unique=True,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(60))
    detail: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class WithheldText(Base):
    """Store what the model wrote and the reader did not see, in a table that no list reads."""

    __tablename__ = "withheld_texts"

    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True
    )
    text: Mapped[str]


class Report(Base):
    """Store that something needs an admin's eyes: a message, or a character.

    Whatever else is reported about the same, while it is open, joins it.
    """

    __tablename__ = "reports"
    __table_args__ = (
        Index(
            "uq_reports_open_subject",
            "subject",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_reports_closed_at_id", "closed_at", "id"),
        Index(
            "ix_reports_closed_by",
            "closed_by",
            sqlite_where=text("closed_by <> ''"),
            postgresql_where=text("closed_by <> ''"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject: Mapped[str] = mapped_column(String(48))
    """``message`` or ``character``, and the id."""
    message_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), index=True
    )
    """None for a report about the character itself."""
    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), index=True
    )
    by_moderation: Mapped[bool] = mapped_column(default=False)
    """Whether moderation opened it, or found something in the same message."""
    by_people: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime] = mapped_column(default=utc_now)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(64), default="")
    """The owner of the admin who closed it; see :func:`app.access.identity.owner_of`."""
    outcome: Mapped[str | None] = mapped_column(String(16))
    answer: Mapped[str] = mapped_column(String(1000), default="")
    """What the admin wrote down on closing it."""


class ReportEntry(Base):
    """Store what one person or guest said about the subject of a report."""

    __tablename__ = "report_entries"
    __table_args__ = (Index("ix_report_entries_reporter_created_at", "reporter", "created_at"),)

    report_id: Mapped[UUID] = mapped_column(
        ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True
    )
    reporter: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The owner of the reporter's conversations."""
    reason: Mapped[str] = mapped_column(String(24))
    note: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
