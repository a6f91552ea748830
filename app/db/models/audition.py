"""Auditions: how well a character's examples are chosen, as it was last measured."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Audition(Base):
    """The newest audition of a character, running or over; one row a character.

    It runs while ``lease_until`` is to come; one whose lease has run out died with its process.
    ``result`` and ``finished_at`` are of the last one that came to an end.
    """

    __tablename__ = "auditions"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    lease_until: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    """Texts embedded so far."""
    total: Mapped[int] = mapped_column(default=0)
    """About how many there are."""
    error: Mapped[str | None]
    """Why the newest one failed."""
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """An ``AuditionResult`` of ``app/auditions/schemas.py``."""
    finished_at: Mapped[datetime | None]
