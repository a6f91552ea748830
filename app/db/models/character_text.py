"""Define the table that searches for characters read."""

from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, BigId


class CharacterText(Base):
    """Store all that a search for a character looks at, in one text.

    Triggers of the database keep it (migration 0031), so that it is right beside an older version
    and in a restored backup. Nothing else writes it, and backups leave it out. On SQLite the
    virtual table ``character_search`` indexes ``text`` by trigrams, on PostgreSQL an index of
    ``pg_trgm`` where the extension is there; neither is known to the models.
    """

    __tablename__ = "character_texts"
    __table_args__ = {"info": {"derived": True}}

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    """Grows with each new character."""
    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), unique=True
    )
    name: Mapped[str] = mapped_column(
        Text().with_variant(Text(collation="C"), "postgresql"), index=True
    )
    """The name in lower case."""
    text: Mapped[str]
    """Name, nickname, tagline, profile, aliases, tags and titles of scripts, a line each; in lower
    case on PostgreSQL."""
