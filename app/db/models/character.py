"""Define the tables of characters, of their examples, and of the vectors of the examples' keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, exists, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from app.db.base import Base, BigId, utc_now
from app.db.ids import new_id
from app.db.models.lorebook import StoredLorebook
from app.db.models.script import Script
from app.settings import RetrievalMode


class CharacterScript(Base):
    """Link a character to a script that it plays in."""

    __tablename__ = "character_scripts"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    script_id: Mapped[UUID] = mapped_column(ForeignKey("scripts.id"), primary_key=True, index=True)
    position: Mapped[int]


class Character(Base):
    """Store a persona that users talk to.

    ``index_version`` names the examples in use, and ``reply_index_version`` the newest reply index,
    which a new character gets a little later; ``embedder`` is the space that they were last built
    in. An indexing job updates them in short transactions. What a process of another space, or of
    another format, searches is in ``example_indexes`` and ``reply_indexes``.
    """

    __tablename__ = "characters"
    __table_args__ = (
        Index("ix_characters_language_id", "language", "id"),
        Index("ix_characters_embedder_id", "embedder", "id"),
        Index(
            "ix_characters_unsigned",
            "id",
            sqlite_where=text("signature IS NULL"),
            postgresql_where=text("signature IS NULL"),
        ),
        Index(
            "ix_characters_adapter",
            "adapter",
            sqlite_where=text("adapter IS NOT NULL"),
            postgresql_where=text("adapter IS NOT NULL"),
        ),
        Index(
            "ix_characters_deleted_at",
            "deleted_at",
            sqlite_where=text("deleted_at IS NOT NULL"),
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    aliases: Mapped[list[str]]
    tagline: Mapped[str] = mapped_column(String(200))
    profile: Mapped[str]
    profile_scenes: Mapped[int | None]
    """From how many scenes of its scripts the profile was drafted; None: a person wrote it."""
    greeting: Mapped[str]
    alternate_greetings: Mapped[list[str]] = mapped_column(default=list)
    tags: Mapped[list[str]] = mapped_column(default=list)
    creator_notes: Mapped[str] = mapped_column(default="")
    """Shown to users; never in a prompt."""
    nickname: Mapped[str] = mapped_column(String(80), default="")
    """The value of ``{{char}}``, where it is not the name."""
    card: Mapped[str | None] = mapped_column(String(16))
    """The kind of card it was imported from; its texts and example lines may hold macros."""
    avatar: Mapped[str | None] = mapped_column(String(16))
    """The beginning of the picture's SHA-256, which addresses of the picture contain."""
    backdrop: Mapped[str | None] = mapped_column(String(16))
    """The same of the picture of the place behind the character."""
    signature: Mapped[str | None] = mapped_column(String(200))
    """A short line of its own; None until indexing has chosen one, empty where none is fit."""
    language: Mapped[str] = mapped_column(String(8))
    speakers: Mapped[list[str]]
    others: Mapped[list[str]] = mapped_column(default=list)
    """The other speakers that turns consider, most lines first."""
    sampling: Mapped[dict[str, Any]]
    owner: Mapped[str] = mapped_column(String(64), default="", server_default="", index=True)
    """Who made it, as conversations name their owners; empty: the service, so every admin."""
    published: Mapped[bool] = mapped_column(default=True)
    """Everyone finds it and talks to it. Otherwise only its owner does, and who has its link."""
    link: Mapped[str | None] = mapped_column(String(43), unique=True, index=True)
    """The random part of its link; None where it has none."""
    sample: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(16))
    error: Mapped[str | None]
    index_version: Mapped[UUID | None]
    reply_index_version: Mapped[UUID | None]
    selection_version: Mapped[UUID | None]
    """The reply index of releases up to the schema 0026; None makes them search examples."""
    scene_memories_version: Mapped[UUID | None]
    """Changes with its scene memories, so that every process notices; None while it has none."""
    retrieval: Mapped[RetrievalMode | None] = mapped_column(String(16))
    """Its own mode: ``reference``, ``fused`` or ``selector``; None for the mode of the settings."""
    adapter: Mapped[str | None] = mapped_column(String(64))
    """The adapter that the model speaks with as this character; None for the model alone."""
    adapter_before: Mapped[str | None] = mapped_column(String(64))
    """What the newest promotion replaced: an adapter, or empty for the model alone; None where
    there is nothing to go back to."""
    embedder: Mapped[str | None] = mapped_column(String(200))
    lines: Mapped[int] = mapped_column(default=0)
    examples: Mapped[int] = mapped_column(default=0)
    dropped: Mapped[dict[str, Any]] = mapped_column(default=dict)
    openers: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    """Lines with which a person might begin."""
    deleted_at: Mapped[datetime | None]
    """None unless it is deleted and can still be restored; then no request finds it."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)
    has_lore: Mapped[bool] = column_property(
        exists()
        .where(StoredLorebook.character_id == id, StoredLorebook.enabled)
        .correlate_except(StoredLorebook)
    )
    """Whether any of its lorebooks is enabled; without one, turns skip the query for them."""

    scripts: Mapped[list[Script]] = relationship(
        secondary="character_scripts",
        order_by=CharacterScript.position,
        lazy="raise",
        viewonly=True,
    )


class CharacterGuest(Base):
    """Store that an owner of conversations was let in to a character by its link."""

    __tablename__ = "character_guests"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class IndexJob(Base):
    """Store the job that builds a character's index. One row a character: the newest request wins.

    ``generation`` grows with every request; a worker that finds another generation at the end than
    at the beginning discards its result. A worker extends ``lease_until``: a job whose lease has
    expired (its process died) is resumed.
    """

    __tablename__ = "index_jobs"
    __table_args__ = (
        Index(
            "ix_index_jobs_waiting",
            "background",
            "created_at",
            postgresql_where=text("lease_until IS NULL"),
            sqlite_where=text("lease_until IS NULL"),
        ),
    )

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    generation: Mapped[int] = mapped_column(default=1)
    background: Mapped[bool] = mapped_column(default=False)
    """Whether no user waits for it: the character can chat already, or is a sample."""
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    """When the first of the ``done`` passages would have been begun at the pace of those left, so
    that the time left is to the time since as ``total - done`` is to ``done``."""
    lease_until: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    embedder: Mapped[str | None] = mapped_column(String(200))
    format: Mapped[str | None] = mapped_column(String(40))
    space_generation: Mapped[int | None]
    """The ``generation`` that the embedder and the format were named for."""


class Example(Base):
    """Store a scene, cut after the character's last line, with the key that retrieves it."""

    __tablename__ = "examples"
    __table_args__ = (Index("ix_examples_character_id_version", "character_id", "version"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    character_id: Mapped[UUID] = mapped_column(ForeignKey("characters.id", ondelete="CASCADE"))
    version: Mapped[UUID]
    scene: Mapped[int | None]
    """0-based position of its scene in the character's scripts, in their order."""
    lines: Mapped[list[str]]
    key: Mapped[str]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)


class KeyVector(Base):
    """Store the vector of a key in an embedder's space: float32, little-endian, L2-normalised.

    Addressed by content (SHA-256 of the key's UTF-8), so that a key is embedded once, however
    many characters, versions and restarts share it, and two embedders never mix.
    """

    __tablename__ = "key_vectors"

    embedder: Mapped[str] = mapped_column(String(200), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class UncheckedVector(Base):
    """Note that nothing may refer to a key's vectors any more, until maintenance looks.

    Triggers of the database write it (migration 0048): of a new vector, and where an example or a
    scene memory is deleted. A key may be noted several times.
    """

    __tablename__ = "unchecked_vectors"
    __table_args__ = {"info": {"derived": True}}

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
