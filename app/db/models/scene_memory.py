"""Define the tables of scene memories, and of the jobs that write them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.db.base import Base, utc_now
from app.db.clock import seconds_until


class StoredSceneMemory(Base):
    """Store what a character remembers of one scene, in its own words.

    ``id`` is derived from the scene's content and the character's lines in it
    (:func:`app.search.known_scenes.scene_id`), not from its position: a memory stays with its scene
    when the script is uploaded again, and is out of use while no script has that scene.
    """

    __tablename__ = "scene_memories"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    text: Mapped[str]
    text_hash: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    """SHA-256 of the text, which its vector is stored under (``key_vectors``)."""
    origin: Mapped[str] = mapped_column(String(16))
    """``written`` by the engine, or ``edited`` by an operator."""
    model: Mapped[str | None] = mapped_column(String(200))
    """The model that wrote it; None once it was edited."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


class SceneMemoryJob(Base):
    """Store the newest job that writes a character's scene memories; one row a character.

    A process that works on it extends ``lease_until``; while the job is ``active``, another process
    takes it up once the lease has expired. ``run`` names the request: a worker that finds another
    one, or another state, stops without a trace.
    """

    __tablename__ = "scene_memory_jobs"

    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True
    )
    run: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(16))
    """``active``, ``stopped``, ``failed`` or ``done``."""
    lease_until: Mapped[datetime | None] = mapped_column()
    lease_left: Mapped[float | None] = column_property(
        seconds_until(lease_until), expire_on_flush=False
    )
    """Seconds that the lease had left when the row was read."""
    done: Mapped[int] = mapped_column(default=0)
    """Scenes that the engine was asked about."""
    failed: Mapped[int] = mapped_column(default=0)
    """Scenes among them for which it wrote nothing usable."""
    total: Mapped[int] = mapped_column(default=0)
    """Scenes to write."""
    seconds: Mapped[float] = mapped_column(default=0.0)
    """Time that the engine took for the scenes ``done``."""
    error: Mapped[str | None]
    """Why the job failed."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]
