"""What conversations are remembered by."""

from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class StoredMemory(Base):
    """The vector of one exchange of a conversation: float32, little-endian, L2-normalised.

    Named by content (SHA-256 of the exchange's text, which stands in the messages): an exchange
    that was edited or deleted is not found by it any more.
    """

    __tablename__ = "memories"

    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    embedder: Mapped[str] = mapped_column(String(200), primary_key=True)
    text_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
