"""Define the table of contents that are kept outside the database."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now
from app.db.ids import new_id


class Blob(Base):
    """Name an object outside the database, and the character that it belongs to.

    The row is there before the object: it is reserved, the object is written, and the transaction
    that refers to it claims it for a character. A row without a character, and without a
    reservation that still holds, is garbage; so is what a deleted character leaves.
    """

    __tablename__ = "blobs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    character_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("characters.id", ondelete="SET NULL"), index=True
    )
    place: Mapped[str] = mapped_column(String(16))
    """``folder`` or ``bucket``."""
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    reserved_until: Mapped[datetime | None]
    """Until when it is kept without a character."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    @property
    def name(self) -> str:
        """Return the object's name: its hash and its id, nothing that a user gave."""
        return f"{self.sha256[:2]}/{self.sha256}-{self.id.hex}"
