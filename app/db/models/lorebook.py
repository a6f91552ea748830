"""Define the table of lorebooks, whose entries enter the prompt when their keywords occur."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now
from app.db.ids import new_id


class StoredLorebook(Base):
    """Store a character's lorebook, unchanged."""

    __tablename__ = "lorebooks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    """Names one content for good: a changed book gets another id."""
    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(200))
    entries: Mapped[int]
    embedded: Mapped[bool] = mapped_column(default=False)
    """Whether the character's card contained it."""
    enabled: Mapped[bool] = mapped_column(default=True)
    source: Mapped[dict[str, Any]]
    """A V2 or V3 book; a SillyTavern world file is converted to one."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
