"""Define the tables of a character's card, its files and its picture.

Beside each content is the id of its object (:class:`~app.db.models.blob.Blob`) where it is kept
outside the database; the content is empty then. No foreign key: the object's row outlives it.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class StoredCard(Base):
    """Store the card of an imported character, unchanged except for its book and embedded script.

    The book is stored in ``lorebooks``, where it can be disabled; the script in ``scripts``.
    """

    __tablename__ = "cards"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    origin: Mapped[str] = mapped_column(String(16))
    data: Mapped[dict[str, Any]]
    envelope: Mapped[dict[str, Any]]


class CardFile(Base):
    """Store a file of a card, by its path in a CHARX or by ``__asset:N`` in a PNG."""

    __tablename__ = "card_files"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    path: Mapped[str] = mapped_column(String, primary_key=True)
    position: Mapped[int]
    """Its position in the card's archive."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    content_blob: Mapped[UUID | None]


class Avatar(Base):
    """Store a character's picture: a PNG that the service encoded, bounded in size."""

    __tablename__ = "avatars"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    png: Mapped[bytes] = mapped_column(LargeBinary)
    png_blob: Mapped[UUID | None]


class Picture(Base):
    """Store a picture as the pages show it, in two sizes.

    A ``portrait`` belongs to the character's avatar, the PNG that cards carry; older avatars have
    none. A ``backdrop`` is the place behind the character. Both were encoded by the service, or are
    SVG that came with Offbook, for which both sizes are the same.
    """

    __tablename__ = "pictures"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    """``portrait`` or ``backdrop``."""
    media_type: Mapped[str] = mapped_column(String(32))
    large: Mapped[bytes] = mapped_column(LargeBinary)
    large_blob: Mapped[UUID | None]
    small: Mapped[bytes] = mapped_column(LargeBinary)
    small_blob: Mapped[UUID | None]
