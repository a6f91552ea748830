"""Admin keys and sign-ins, hashed, and what the service signs with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now
from app.db.ids import new_id


class AdminKey(Base):
    """A key made by ``offbook admin-key create`` or on the admin page.

    It has 256 random bits, and only its hash is kept. A revoked key keeps its row: as long as one
    exists, the service is not open.
    """

    __tablename__ = "admin_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    label: Mapped[str] = mapped_column(String(80))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    prefix: Mapped[str | None] = mapped_column(String(16))
    """The public beginning of the key; None of keys made before it was kept."""
    last_used_at: Mapped[datetime | None]
    """Within five minutes."""
    revoked_at: Mapped[datetime | None]


class AdminLogin(Base):
    """A session on the admin page, begun by showing a key."""

    __tablename__ = "admin_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    previous_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    """The value before the last renewal, good for requests that were under way."""
    key_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("admin_keys.id", ondelete="CASCADE"), index=True
    )
    configured_key: Mapped[str | None] = mapped_column(String(64))
    """In place of ``key_id``: a slow, salted digest of the configured key, which ends with it."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    renewed_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    """Within five minutes."""


class ServerSecret(Base):
    """Random bytes that all processes on one database share."""

    __tablename__ = "server_secrets"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
