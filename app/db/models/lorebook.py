"""Lorebooks: what a character knows when it is talked about."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now
from app.db.ids import new_id


class StoredLorebook(Base):
    """A character's lorebook, as it came."""

    __tablename__ = "lorebooks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    """Never changes what it names: a book that is to be another one gets another id."""
    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(200))
    entries: Mapped[int]
    embedded: Mapped[bool] = mapped_column(default=False)
    """Whether it came inside the character's card."""
    enabled: Mapped[bool] = mapped_column(default=True)
    source: Mapped[dict[str, Any]]
    """A V2 or V3 book; what a SillyTavern world file holds is spelled so."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
