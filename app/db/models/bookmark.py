"""Define the table of how far readers are in scripts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now


class Bookmark(Base):
    """Store how far an owner of conversations is in a script.

    ``scene`` counts in the version ``revision``. In a later version the bookmark is found again by
    its ``trail`` (:mod:`app.bookmarks.trail`), so no upload has to go through all readers.
    """

    __tablename__ = "bookmarks"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    script_id: Mapped[UUID] = mapped_column(
        ForeignKey("scripts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    scene: Mapped[int]
    """Scenes that the owner has read, from the first one on."""
    revision: Mapped[UUID]
    trail: Mapped[list[Any]]
    """Fingerprints of the scenes around it."""
    kind: Mapped[str] = mapped_column(String(16))
    """How the owner gave it: ``scene``, ``chapter`` or ``minutes``."""
    value: Mapped[str] = mapped_column(String(200))
    """What the owner gave."""
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)
