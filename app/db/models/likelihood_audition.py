"""Define the table of measurements of how likely characters' held-out replies are."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.db.base import Base
from app.db.clock import seconds_until


class LikelihoodAudition(Base):
    """Store the newest measurement of a character, running or over; one row a character.

    It runs until ``lease_until``, which its process extends: an expired lease means that the
    process died. ``result`` and ``finished_at`` belong to the last measurement that finished.
    """

    __tablename__ = "likelihood_auditions"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    running: Mapped[bool | None] = mapped_column(unique=True)
    """True while it runs, else null: the database has one that runs at a time."""
    run: Mapped[UUID | None]
    """Identify the newest run: an older one finds another here, and stops."""
    lease_until: Mapped[datetime | None] = mapped_column()
    lease_left: Mapped[float | None] = column_property(
        seconds_until(lease_until), expire_on_flush=False
    )
    """Seconds that the lease had left when the row was read."""
    stopped: Mapped[bool] = mapped_column(default=False)
    """Whether an admin stopped it."""
    done: Mapped[int] = mapped_column(default=0)
    """Scores measured so far."""
    total: Mapped[int] = mapped_column(default=0)
    """Scores to measure."""
    error_code: Mapped[str | None] = mapped_column(String(40))
    error: Mapped[str | None]
    """Why the newest measurement failed."""
    fingerprint: Mapped[str | None] = mapped_column(String(32))
    """What the scores were measured with, see ``app/likelihood/fingerprint.py``."""
    scores: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """The ``ReplyScore`` of a measurement that is not over, so that it can go on."""
    model: Mapped[str | None]
    """The engine's model, whose pace it is:"""
    seconds_a_score: Mapped[float | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """A ``ProofOut`` of ``app/auditions/likelihood/schemas.py``."""
    finished_at: Mapped[datetime | None]
