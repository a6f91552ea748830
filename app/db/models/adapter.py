"""Define the tables of adapters, and of their auditions for characters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.db.base import Base, utc_now
from app.db.clock import seconds_until
from app.db.ids import new_id


class Adapter(Base):
    """Describe a registered adapter; its files are in the adapters' folder, under its name.

    The row of one that was removed stays, so that no name stands for two sets of weights.
    """

    __tablename__ = "adapters"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    base: Mapped[str] = mapped_column(String(64))
    """The catalogue's name of the model that it was trained on."""
    base_sha256: Mapped[str | None] = mapped_column(String(64))
    """The hash of that model's file, where the adapter's card has it."""
    files: Mapped[dict[str, Any]]
    """``{"size": bytes, "sha256": hash}`` by the file's name."""
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes of all files."""
    rank: Mapped[int]
    card: Mapped[dict[str, Any]]
    """Its ``card.json``: what it was trained on, how, and the figures of the training."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    retired_at: Mapped[datetime | None]
    """When it was removed."""


class AdapterAudition(Base):
    """Store the newest audition of an adapter for a character, running or over.

    It runs until ``lease_until``, which its process extends: an expired lease means that the
    process died. ``result``, ``against`` and ``finished_at`` belong to the last one that finished.
    """

    __tablename__ = "adapter_auditions"

    adapter_id: Mapped[UUID] = mapped_column(
        ForeignKey("adapters.id", ondelete="CASCADE"), primary_key=True
    )
    character_id: Mapped[UUID] = mapped_column(
        ForeignKey("characters.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    waiting: Mapped[bool] = mapped_column(default=False, index=True)
    """Whether it was asked for and no worker has begun it yet."""
    lease_until: Mapped[datetime | None] = mapped_column()
    lease_left: Mapped[float | None] = column_property(
        seconds_until(lease_until), expire_on_flush=False
    )
    """Seconds that the lease had left when the row was read."""
    done: Mapped[int] = mapped_column(default=0)
    """Scores and replies so far."""
    total: Mapped[int] = mapped_column(default=0)
    """Scores and replies in all."""
    error_code: Mapped[str | None] = mapped_column(String(40))
    error: Mapped[str | None]
    """Why the newest audition failed."""
    against: Mapped[str | None] = mapped_column(String(64))
    """The adapter that was in force then; empty for the model alone, None before a result."""
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """An ``AdapterResult`` of ``app/adapters/schemas.py``."""
    finished_at: Mapped[datetime | None]
