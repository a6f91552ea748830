"""Define the table of auditions, which measure how well a character's examples are retrieved."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, false
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.db.base import Base
from app.db.clock import seconds_until


class Audition(Base):
    """Store the newest audition of a character, running or over; one row a character.

    It runs until ``lease_until``, which its process extends: an expired lease means that the
    process died. ``result`` and ``finished_at`` belong to the last audition that finished.
    """

    __tablename__ = "auditions"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    waiting: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it was asked for and no worker has begun it yet."""
    lease_until: Mapped[datetime | None] = mapped_column()
    lease_left: Mapped[float | None] = column_property(
        seconds_until(lease_until), expire_on_flush=False
    )
    """Seconds that the lease had left when the row was read."""
    done: Mapped[int] = mapped_column(default=0)
    """Texts embedded so far."""
    total: Mapped[int] = mapped_column(default=0)
    """Texts to embed, roughly."""
    error: Mapped[str | None]
    """Why the newest audition failed."""
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """An ``AuditionResult`` of ``app/auditions/schemas.py``."""
    finished_at: Mapped[datetime | None]
