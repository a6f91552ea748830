"""What a character brought along in its card: the card itself, its files, its picture."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class StoredCard(Base):
    """The card a character was made from, as it came but for its book and its carried script.

    The book lives in ``lorebooks``, where it can be switched off; the script in ``scripts``.
    """

    __tablename__ = "cards"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    origin: Mapped[str] = mapped_column(String(16))
    data: Mapped[dict[str, Any]]
    envelope: Mapped[dict[str, Any]]


class CardFile(Base):
    """A file that came inside a card: by its path in a CHARX, by ``__asset:N`` in a PNG."""

    __tablename__ = "card_files"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    path: Mapped[str] = mapped_column(String, primary_key=True)
    position: Mapped[int]
    """Its place in the archive it came in."""
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Avatar(Base):
    """A character's picture: a PNG of our own making, bounded in size."""

    __tablename__ = "avatars"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    png: Mapped[bytes] = mapped_column(LargeBinary)
