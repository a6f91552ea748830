"""Define the table of the vectors that memory searches."""

from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class StoredMemory(Base):
    """Store the vector of an exchange of a conversation: float32, little-endian, L2-normalised.

    Addressed by content (SHA-256 of the exchange's text, which the messages hold): an exchange that
    was edited or deleted no longer matches it.
    """

    __tablename__ = "memories"

    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    embedder: Mapped[str] = mapped_column(String(200), primary_key=True)
    text_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
