"""Define the table of reply indexes, which indexing builds for each character."""

from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class StoredReplyIndex(Base):
    """Store a character's windows and replies with their vectors and features; one row a character.

    ``app/search/reply_indexes.py`` writes and reads the three parts.
    """

    __tablename__ = "selections"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[UUID]
    embedder: Mapped[str] = mapped_column(String(200))
    weights_key: Mapped[str] = mapped_column("recipe", String(64))
    """SHA-256 of the weights that the index was calibrated with."""
    words: Mapped[bytes] = mapped_column(LargeBinary)
    features: Mapped[bytes] = mapped_column(LargeBinary)
    vectors: Mapped[bytes] = mapped_column(LargeBinary)
