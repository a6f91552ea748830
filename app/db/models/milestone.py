"""Define the table of one-time events of an installation."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now


class Milestone(Base):
    """Store an event that happens once in the life of a database."""

    __tablename__ = "milestones"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    reached_at: Mapped[datetime] = mapped_column(default=utc_now)
