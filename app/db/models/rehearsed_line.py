"""Define the table of what people have learnt of their parts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class RehearsedLine(Base):
    """Store how well an owner of conversations knows a line of a script.

    What was typed is not stored. The columns of the schedule are those of a card of FSRS.
    """

    __tablename__ = "rehearsed_lines"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    script_id: Mapped[UUID] = mapped_column(
        ForeignKey("scripts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    line: Mapped[str] = mapped_column(String(32), primary_key=True)
    """The line's fingerprint, which another version of the script has as well."""
    speaker: Mapped[str]
    state: Mapped[int]
    step: Mapped[int | None]
    stability: Mapped[float]
    difficulty: Mapped[float]
    due_at: Mapped[datetime]
    reviewed_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int]
    rating: Mapped[str] = mapped_column(String(8))
    """Of the newest attempt."""
