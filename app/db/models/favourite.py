"""Define the table of the characters that callers marked as favourites."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now


class Favourite(Base):
    """Store that an owner of conversations likes a character."""

    __tablename__ = "favourites"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
