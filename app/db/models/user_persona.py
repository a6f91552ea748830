"""Define the table of what users say about themselves."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now


class UserPersona(Base):
    """Store who a user is in new conversations; each of those keeps a copy, which may differ."""

    __tablename__ = "user_personas"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), default="")
    """Empty: the default name."""
    description: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now, index=True)
