"""Define the tables of what indexing builds for each character, per embedder and format."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now


class ExampleIndex(Base):
    """Store which version of a character's examples is embedded completely, by embedder.

    For the embedder that ``characters.embedder`` names, ``characters.index_version`` counts:
    releases up to the schema 0026 write no row here.
    """

    __tablename__ = "example_indexes"
    __table_args__ = (Index("ix_example_indexes_embedder", "embedder", "character_id"),)

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    embedder: Mapped[str] = mapped_column(String(200), primary_key=True)
    version: Mapped[UUID]
    error: Mapped[str | None]
    """Why embedding that version failed; it is tried again at a start, or for another version."""


class StoredReplyIndex(Base):
    """Store a character's windows and replies with their vectors and features.

    There is one row for each embedder and format, so that releases side by side keep their own.
    ``app/search/reply_indexes.py`` writes and reads the three parts.
    """

    __tablename__ = "reply_indexes"
    __table_args__ = (
        Index("ix_reply_indexes_embedder_format", "embedder", "format", "character_id"),
        # A look for what is lacking reads this alone: the rows have megabytes.
        Index(
            "ix_reply_indexes_versions",
            "character_id",
            "embedder",
            "format",
            "index_version",
            "version",
        ),
    )

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    embedder: Mapped[str] = mapped_column(String(200), primary_key=True)
    format: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[UUID | None]
    """None where none can be built of these lines: too many replies, or none."""
    index_version: Mapped[UUID]
    """The version of the character's examples that it was built beside. With another one in use, it
    serves until it is built anew."""
    weights_key: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the weights that the index was calibrated with."""
    words: Mapped[bytes] = mapped_column(LargeBinary)
    features: Mapped[bytes] = mapped_column(LargeBinary)
    vectors: Mapped[bytes] = mapped_column(LargeBinary)


class LegacyReplyIndex(Base):
    """Hold the reply indexes of releases up to the schema 0026, one row a character.

    Nothing but those releases reads or writes it. Rows are deleted a day after the upgrade; a later
    release drops the table.
    """

    __tablename__ = "selections"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[UUID]
    embedder: Mapped[str] = mapped_column(String(200))
    weights_key: Mapped[str] = mapped_column("recipe", String(64))
    words: Mapped[bytes] = mapped_column(LargeBinary)
    features: Mapped[bytes] = mapped_column(LargeBinary)
    vectors: Mapped[bytes] = mapped_column(LargeBinary)


class IndexSpace(Base):
    """Store when a process with this embedder and format was last seen, and when a worker was."""

    __tablename__ = "index_spaces"

    embedder: Mapped[str] = mapped_column(String(200), primary_key=True)
    format: Mapped[str] = mapped_column(String(40), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    worked_at: Mapped[datetime | None]
