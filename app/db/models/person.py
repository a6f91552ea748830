"""Define the tables of the people who have an account, and of the invitations to get one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now
from app.db.ids import new_id


class Person(Base):
    """Store an account. Conversations name it by :func:`app.access.identity.owner_of`."""

    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(120), unique=True)
    """What a person signs in with, case-folded: an e-mail address or a name."""
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """Of argon2id; None for a person who signs in elsewhere."""
    language: Mapped[str | None] = mapped_column(String(8))
    """Of the pages; None for the browser's."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime | None]
    """Precise to five minutes."""
    disabled_at: Mapped[datetime | None]
    """A disabled person keeps everything and cannot sign in."""
    limits: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Limits of their own in place of the role's, by the name of the quota; null: no limit."""


class Invitation(Base):
    """Store a link with which people can sign up. Only the hash of its 256 random bits is kept."""

    __tablename__ = "invitations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(200), default="")
    uses_left: Mapped[int]
    made_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("people.id", ondelete="SET NULL"), index=True
    )
    """None where an admin key made it."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
